#include "http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include <fmt/format.h>

#include "core/text.h"
#include "http/inflater.h"

namespace layer::http {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr int kGzipWindow = 15 + 16;  // 32 KiB window, gzip framing

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

class Deflater {
 public:
  explicit Deflater(int level) {
    if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void feed(std::string_view piece) {
    stream_.next_in = bytes_of(piece);
    stream_.avail_in = static_cast<uInt>(piece.size());
  }
  std::size_t step(char* out, std::size_t size, int flush) {
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(size);
    deflate(&stream_, flush);
    return size - stream_.avail_out;
  }
  bool hungry() const { return stream_.avail_in == 0; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

bool is_gzip(std::string_view coding) {
  return core::equals_ignore_case(coding, "gzip") || core::equals_ignore_case(coding, "x-gzip");
}

// The weight of an element such as "gzip;q=0.5"; absent means 1.
double weight(std::string_view parameters) {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) {
    return 1.0;
  }
  return std::strtod(std::string(parameters.substr(at + 2)).c_str(), nullptr);
}

}  // namespace

Result<std::string> gunzip(std::string_view bytes, std::uint64_t bytes_max) {
  Inflater inflater(bytes_max);
  std::string text;
  // zlib counts input in 32 bits: larger bodies are fed in parts.
  constexpr std::size_t kFeedBytes = std::size_t{1} << 30U;
  std::string out(kPieceBytes, '\0');
  while (!bytes.empty()) {
    inflater.feed(bytes.substr(0, kFeedBytes));
    bytes.remove_prefix(std::min(bytes.size(), kFeedBytes));
    while (true) {
      LAYER_ASSIGN(const std::size_t n, inflater.step(out.data(), out.size()));
      if (n == 0) {
        break;
      }
      text.append(out, 0, n);
    }
  }
  LAYER_TRY(inflater.finish());
  return text;
}

std::string gzip(std::string_view text, int level) {
  Deflater deflater(level);
  std::string out(deflateBound(&deflater.stream(), text.size()), '\0');
  deflater.feed(text);
  out.resize(deflater.step(out.data(), out.size(), Z_FINISH));
  return out;
}

struct InflateBody::State {
  explicit State(std::uint64_t bytes_max) : inflater(bytes_max), out(kPieceBytes, '\0') {}
  Inflater inflater;
  std::string out;
};

InflateBody::InflateBody(Body& inner, std::uint64_t bytes_max)
    : inner_(inner), state_(std::make_unique<State>(bytes_max)) {}
InflateBody::~InflateBody() = default;

async::Task<Result<std::string_view>> InflateBody::next() {
  while (true) {
    LAYER_CO_ASSIGN(const std::size_t n,
                    state_->inflater.step(state_->out.data(), state_->out.size()));
    if (n > 0) {
      co_return std::string_view(state_->out).substr(0, n);
    }
    LAYER_CO_ASSIGN(const std::string_view piece, co_await inner_.next());
    if (piece.empty()) {
      LAYER_CO_TRY(state_->inflater.finish());
      co_return std::string_view{};
    }
    state_->inflater.feed(piece);
  }
}

struct DeflateBody::State {
  explicit State(int level) : deflater(level), out(kPieceBytes, '\0') {}
  Deflater deflater;
  std::string out;
  bool ended = false;
};

DeflateBody::DeflateBody(std::unique_ptr<Body> inner, int level)
    : inner_(std::move(inner)), state_(std::make_unique<State>(level)) {}
DeflateBody::~DeflateBody() = default;

async::Task<Result<std::string_view>> DeflateBody::next() {
  while (true) {
    if (!state_->ended && state_->deflater.hungry()) {
      LAYER_CO_ASSIGN(const std::string_view piece, co_await inner_->next());
      state_->ended = piece.empty();
      state_->deflater.feed(piece);
    }
    const std::size_t n = state_->deflater.step(state_->out.data(), state_->out.size(),
                                                state_->ended ? Z_FINISH : Z_NO_FLUSH);
    if (n > 0 || state_->ended) {
      co_return std::string_view(state_->out).substr(0, n);
    }
  }
}

Result<ContentCoding> content_coding(const Headers& headers) {
  const std::size_t fields = headers.count("content-encoding");
  if (fields == 0) {
    return ContentCoding::kIdentity;
  }
  const std::string_view value = trim(*headers.find("content-encoding"));
  if (fields == 1 && is_gzip(value)) {
    return ContentCoding::kGzip;
  }
  if (fields == 1 && (value.empty() || core::equals_ignore_case(value, "identity"))) {
    return ContentCoding::kIdentity;
  }
  return fail(ErrorCode::kUnsupportedMediaType,
              fmt::format("content-encoding '{}' is not supported: send gzip or identity", value));
}

bool accepts_gzip(const Headers& headers) {
  std::optional<double> named;
  std::optional<double> any;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (!core::equals_ignore_case(name, "accept-encoding")) {
      continue;
    }
    std::string_view list = value;
    while (const auto element = next_list_element(list)) {
      const std::size_t semicolon = element->find(';');
      const std::string_view coding = trim(element->substr(0, semicolon));
      const double q =
          semicolon == std::string_view::npos ? 1.0 : weight(element->substr(semicolon));
      if (is_gzip(coding)) {
        named = q;
      } else if (coding == "*") {
        any = q;
      }
    }
  }
  return named.value_or(any.value_or(0.0)) > 0.0;
}

}  // namespace layer::http
