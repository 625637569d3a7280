#include "gateway/peeked_body.h"

#include <algorithm>

#include "core/text.h"

namespace layer::gateway {
namespace {

bool is_gzip(const http::Headers& headers) {
  const auto coding = headers.find("content-encoding");
  return coding && (core::equals_ignore_case(http::trim(*coding), "gzip") ||
                    core::equals_ignore_case(http::trim(*coding), "x-gzip"));
}

}  // namespace

async::Task<Result<std::string_view>> PeekedBody::Recorder::next() {
  auto piece = co_await inner_.next();
  if (on_ && piece) {
    bytes_ += *piece;
  }
  co_return piece;
}

PeekedBody::PeekedBody(Exchange& exchange, Limits limits)
    : exchange_(exchange),
      limits_(limits),
      original_(exchange.request.body),
      keeps_(is_gzip(exchange.request.headers)),
      recorder_(*original_, keeps_) {
  exchange_.request.body = &recorder_;
}

PeekedBody::~PeekedBody() {
  exchange_.request.body = original_;
}

async::Task<Result<void>> PeekedBody::read() {
  LAYER_CO_ASSIGN(Upload upload,
                  Upload::open(exchange_, Decoding::kAlways, limits_.decoded_bytes_max));
  upload_.emplace(std::move(upload));
  http::Body& body = upload_->body();
  if (!decoded()) {
    const std::uint64_t size = body.size().value_or(0);
    if (size > limits_.held_bytes_max) {
      co_return Result<void>{};  // nothing to gain from reading a part
    }
    // What was announced may never come: reserve no more than a window of it ahead.
    text_.reserve(std::min<std::uint64_t>(size, core::limits::kMiB));
  }
  while (text_.size() <= limits_.held_bytes_max) {
    LAYER_CO_ASSIGN(const std::string_view piece, co_await body.next());
    if (piece.empty()) {
      whole_ = true;
      break;
    }
    text_ += piece;
  }
  co_return Result<void>{};
}

void PeekedBody::forward(store::Call& call) {
  std::string read = std::move(keeps_ ? recorder_.bytes() : text_);
  if (whole_) {
    call.body = std::move(read);
    return;
  }
  recorder_.stop();
  forwarded_.emplace(std::move(read), keeps_ ? recorder_ : rest());
  call.stream = &*forwarded_;
}

}  // namespace layer::gateway
