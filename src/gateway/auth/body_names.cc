#include "gateway/auth/body_names.h"

#include <optional>
#include <utility>

#include "gateway/auth/source_scanner.h"

namespace layer::gateway {
namespace {

class Check {
 public:
  Check(const Caller& caller, std::string store, Authenticator& auth)
      : caller_(caller), store_(std::move(store)), auth_(auth) {}

  Result<void> piece(std::string_view text) {
    scanner_.feed(text);
    for (const std::string& source : scanner_.take_sources()) {
      if (!may_read(caller_, store_, source)) {
        return refuse(caller_.grants().reach(store_, source) ? AuthFailure::kScope
                                                             : AuthFailure::kNamespace);
      }
    }
    return scanner_.opaque() ? refuse(AuthFailure::kOpaqueBody) : Result<void>();
  }

 private:
  Result<void> refuse(AuthFailure failure) {
    auth_.refused(failure, store_, caller_.name());
    return std::unexpected(error_of(failure, Scope::kRead));
  }

  const Caller& caller_;
  std::string store_;
  Authenticator& auth_;
  SourceScanner scanner_;
};

}  // namespace

struct NameCheckBody::State {
  Check check;
};

bool names_need_check(const Caller& caller, std::string_view store) {
  return !caller.is_passthrough() && !may_read(caller, store, {});
}

NameCheckBody::NameCheckBody(http::Body& inner, const Caller& caller, std::string store,
                             Authenticator& auth)
    : inner_(inner), state_(std::make_unique<State>(Check(caller, std::move(store), auth))) {}

NameCheckBody::~NameCheckBody() = default;

async::Task<Result<std::string_view>> NameCheckBody::next() {
  const Result<std::string_view> piece = co_await inner_.next();
  if (piece && !piece->empty()) {
    LAYER_CO_TRY(state_->check.piece(*piece));
  }
  co_return piece;
}

Result<void> check_body_names(std::string_view body, const Caller& caller, std::string_view store,
                              Authenticator& auth) {
  if (!names_need_check(caller, store)) {
    return {};
  }
  return Check(caller, std::string(store), auth).piece(body);
}

}  // namespace layer::gateway
