#include "gateway/own_write.h"

#include <utility>

namespace layer::gateway {

OwnWrite::OwnWrite(InnerWrite& write, std::string name)
    : write_(write),
      identity_(std::make_shared<const Identity>(
          Identity{.name = std::move(name),
                   .kind = CallerKind::kStoreCredential,
                   .grants = Grants::of_everything({Scope::kRead, Scope::kWrite})})) {}

async::Task<Result<store::Answer>> OwnWrite::send(std::string ns, std::string body,
                                                  std::string of_function,
                                                  async::TimePoint deadline) {
  http::Request request{.method = "POST",
                        .target = "/v2/namespaces/" + ns,
                        .headers = {},
                        .peer = {},
                        .body = nullptr};
  Exchange outer(request, match_route(request.method, request.path()));
  outer.caller.emplace(identity_, Digest{});
  outer.deadline = deadline;
  LAYER_CO_ASSIGN(
      http::Response written,
      co_await write_.send(outer, std::move(ns), std::move(body), std::move(of_function)));
  co_return store::Answer{.status = written.status,
                          .headers = std::move(written.headers),
                          .body = std::move(written.body)};
}

}  // namespace layer::gateway
