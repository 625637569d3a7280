#include "gateway/billed_body.h"

#include <memory>
#include <utility>

#include "features/billing/answer_watch.h"

namespace layer::gateway {
namespace {

namespace billing = features::billing;

bool is_billed(RouteId id) {
  switch (id) {
    case RouteId::kWrite:
    case RouteId::kWriteV1:
    case RouteId::kQuery:
    case RouteId::kMultiQuery:
    case RouteId::kQueryV1:
      return true;
    default:
      return false;
  }
}

void add(Exchange& exchange, const std::optional<billing::Billing>& read) {
  if (read) {
    exchange.billed = exchange.billed.value_or(billing::Billing{});
    *exchange.billed += *read;
  }
}

// A piece is looked at when the next one is asked for, when it is already on its way to the caller;
// the last one when the body goes.
class BilledBody final : public http::Body {
 public:
  BilledBody(Exchange& exchange, const http::Headers& headers, std::unique_ptr<http::Body> inner)
      : exchange_(exchange), watch_(headers), inner_(std::move(inner)) {}
  ~BilledBody() override {
    look();
    if (ended_ || seen_ == inner_->size()) {
      add(exchange_, watch_.finish());
    }
  }
  BilledBody(const BilledBody&) = delete;
  BilledBody& operator=(const BilledBody&) = delete;

  async::Task<Result<std::string_view>> next() override {
    look();
    auto piece = co_await inner_->next();
    if (piece) {
      ended_ = piece->empty();
      seen_ += piece->size();
      piece_ = *piece;
    }
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return inner_->size(); }

 private:
  void look() { watch_.look(std::exchange(piece_, {})); }

  Exchange& exchange_;
  billing::AnswerWatch watch_;
  std::unique_ptr<http::Body> inner_;
  std::string_view piece_;  // valid until the next one is asked for
  std::uint64_t seen_ = 0;
  bool ended_ = false;
};

}  // namespace

void note_billing(Exchange& exchange, store::Answer& answer) {
  if (!is_billed(exchange.route().id) || answer.status < 200 || answer.status >= 300) {
    return;
  }
  if (answer.stream) {
    answer.stream =
        std::make_unique<BilledBody>(exchange, answer.headers, std::move(answer.stream));
  } else {
    add(exchange, billing::read_answer(answer.headers, answer.body));
  }
}

}  // namespace layer::gateway
