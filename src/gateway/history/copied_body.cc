#include "gateway/history/copied_body.h"

namespace layer::gateway {

CopiedRequest::CopiedRequest(Exchange& exchange, features::capture::KeptText& kept)
    : exchange_(exchange), inner_(exchange.request.body), kept_(kept) {
  kept_.coding = features::capture::coding_of(exchange.request.headers);
  exchange_.request.body = this;
}

async::Task<Result<std::string_view>> CopiedRequest::next() {
  auto piece = co_await inner_->next();
  if (piece) {
    kept_.keep(*piece);
  }
  co_return piece;
}

bool CopiedRequest::rewind() {
  if (!inner_->rewind()) {
    return false;
  }
  kept_.forget();
  return true;
}

CopiedAnswer::~CopiedAnswer() {
  kept_.keep(piece_);
  inner_.reset();  // what it accounts for, the exchange knows now
  ended_(std::move(kept_));
}

async::Task<Result<std::string_view>> CopiedAnswer::next() {
  kept_.keep(std::exchange(piece_, {}));
  auto piece = co_await inner_->next();
  if (piece) {
    piece_ = *piece;
  }
  co_return piece;
}

}  // namespace layer::gateway
