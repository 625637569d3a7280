#include "http/zstd.h"

#include <new>

#include <zstd.h>

#include "core/text.h"

namespace layer::http {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
// 8 MiB, what RFC 8878 asks every decoder of HTTP content to support and no more.
constexpr int kWindowLogMax = 23;

Error damaged() {
  return {.code = ErrorCode::kInvalidArgument, .message = "the request body is not valid zstd"};
}

// Unpacks input given in pieces; one output piece a step.
class Unpacker {
 public:
  explicit Unpacker(std::uint64_t bytes_max) : context_(ZSTD_createDCtx()), bytes_max_(bytes_max) {
    if (context_ == nullptr) {
      throw std::bad_alloc();
    }
    ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kWindowLogMax);
  }
  ~Unpacker() { ZSTD_freeDCtx(context_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  void feed(std::string_view piece) { in_ = {piece.data(), piece.size(), 0}; }
  // Bytes written to `out`; 0 when more input is needed.
  Result<std::size_t> step(char* out, std::size_t size) {
    ZSTD_outBuffer space{out, size, 0};
    while (space.pos < size && (in_.pos < in_.size || pending_)) {
      const std::size_t before = in_.pos;
      const std::size_t left = ZSTD_decompressStream(context_, &space, &in_);
      if (ZSTD_isError(left) != 0) {
        return std::unexpected(damaged());
      }
      frame_ended_ = left == 0;
      pending_ = !frame_ended_ && space.pos == size;
      if (in_.pos == before && space.pos < size) {
        break;
      }
    }
    total_ += space.pos;
    if (total_ > bytes_max_) {
      return std::unexpected(body_too_large(bytes_max_));
    }
    return space.pos;
  }
  Result<void> finish() const {
    if (!frame_ended_) {
      return fail(ErrorCode::kInvalidArgument, "the zstd request body ends too early");
    }
    return {};
  }

 private:
  ZSTD_DCtx* context_;
  ZSTD_inBuffer in_{};
  std::uint64_t bytes_max_;
  std::uint64_t total_ = 0;
  bool frame_ended_ = false;
  bool pending_ = false;
};

}  // namespace

std::string zstd(std::string_view text, int level) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  // Cannot fail: the space is what the library asks for.
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), level));
  return out;
}

Result<std::string> unzstd(std::string_view bytes, std::uint64_t bytes_max) {
  Unpacker unpacker(bytes_max);
  unpacker.feed(bytes);
  std::string out;
  std::string piece(kPieceBytes, '\0');
  while (true) {
    LAYER_ASSIGN(const std::size_t n, unpacker.step(piece.data(), piece.size()));
    if (n == 0) {
      break;
    }
    out.append(piece, 0, n);
  }
  LAYER_TRY(unpacker.finish());
  return out;
}

struct UnzstdBody::State {
  explicit State(std::uint64_t bytes_max) : unpacker(bytes_max), out(kPieceBytes, '\0') {}
  Unpacker unpacker;
  std::string out;
};

UnzstdBody::UnzstdBody(Body& inner, std::uint64_t bytes_max)
    : inner_(inner), state_(std::make_unique<State>(bytes_max)) {}

UnzstdBody::~UnzstdBody() = default;

async::Task<Result<std::string_view>> UnzstdBody::next() {
  while (true) {
    LAYER_CO_ASSIGN(const std::size_t n,
                    state_->unpacker.step(state_->out.data(), state_->out.size()));
    if (n > 0) {
      co_return std::string_view(state_->out).substr(0, n);
    }
    LAYER_CO_ASSIGN(const std::string_view piece, co_await inner_.next());
    if (piece.empty()) {
      LAYER_CO_TRY(state_->unpacker.finish());
      co_return std::string_view{};
    }
    state_->unpacker.feed(piece);
  }
}

bool accepts_zstd(const Headers& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (!core::equals_ignore_case(name, "accept-encoding")) {
      continue;
    }
    std::string_view list = value;
    while (const auto element = next_list_element(list)) {
      const std::size_t semicolon = element->find(';');
      if (!core::equals_ignore_case(trim(element->substr(0, semicolon)), "zstd")) {
        continue;
      }
      const std::string_view weight =
          semicolon == std::string_view::npos ? "q=1" : trim(element->substr(semicolon + 1));
      return weight.find_first_not_of("qQ=0. ") != std::string_view::npos;
    }
  }
  return false;
}

}  // namespace layer::http
