#include "gateway/upload.h"

#include <optional>

#include <fmt/format.h>

#include "core/text.h"
#include "http/gzip.h"
#include "http/zstd.h"

namespace layer::gateway {
namespace {

enum class Coding : std::uint8_t { kIdentity, kGzip, kZstd };

Result<Coding> request_coding(const http::Headers& headers) {
  const auto given = headers.find("content-encoding");
  if (!given) {
    return Coding::kIdentity;
  }
  const std::string_view coding = http::trim(*given);
  const auto is = [&](std::string_view name) { return core::equals_ignore_case(coding, name); };
  if (headers.count("content-encoding") == 1) {
    if (coding.empty() || is("identity")) {
      return Coding::kIdentity;
    }
    if (is("gzip") || is("x-gzip")) {
      return Coding::kGzip;
    }
    if (is("zstd")) {
      return Coding::kZstd;
    }
  }
  return fail(
      ErrorCode::kUnsupportedMediaType,
      fmt::format("content-encoding '{}' is not supported: send gzip, zstd or identity", *given));
}

// Counts what the caller sent.
class CountedBody final : public http::Body {
 public:
  explicit CountedBody(Exchange& exchange) : exchange_(exchange) {}
  async::Task<Result<std::string_view>> next() override {
    auto piece = co_await exchange_.request.body->next();
    exchange_.bytes_in += piece ? piece->size() : 0;
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return exchange_.request.body->size(); }

 private:
  Exchange& exchange_;
};

}  // namespace

struct Upload::State {
  explicit State(Exchange& exchange) : counted(exchange) {}
  CountedBody counted;
  std::optional<http::InflateBody> gunzipped;
  std::optional<http::UnzstdBody> unzstd;
};

Result<Upload> Upload::open(Exchange& exchange, Decoding decoding,
                            std::uint64_t decoded_bytes_max) {
  LAYER_ASSIGN(const Coding coding, request_coding(exchange.request.headers));
  auto state = std::make_unique<State>(exchange);
  if (coding == Coding::kZstd) {
    state->unzstd.emplace(state->counted, decoded_bytes_max);
  } else if (coding == Coding::kGzip && decoding == Decoding::kAlways) {
    state->gunzipped.emplace(state->counted, decoded_bytes_max);
  }
  return Upload(std::move(state));
}

Upload::Upload(std::unique_ptr<State> state) : state_(std::move(state)) {}
Upload::~Upload() = default;
Upload::Upload(Upload&&) noexcept = default;

bool Upload::decoded() const {
  return state_->unzstd || state_->gunzipped;
}

http::Body& Upload::body() {
  if (state_->unzstd) {
    return *state_->unzstd;
  }
  if (state_->gunzipped) {
    return *state_->gunzipped;
  }
  return state_->counted;
}

}  // namespace layer::gateway
