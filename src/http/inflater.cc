#include "http/inflater.h"

#include <new>

#include "http/body.h"

namespace layer::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 KiB window, gzip framing

}  // namespace

Inflater::Inflater(std::uint64_t bytes_max) : bytes_max_(bytes_max) {
  if (inflateInit2(&stream_, kGzipWindow) != Z_OK) {
    throw std::bad_alloc();
  }
}

Inflater::~Inflater() {
  inflateEnd(&stream_);
}

void Inflater::feed(std::string_view piece) {
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_.avail_in = static_cast<uInt>(piece.size());
}

Result<std::size_t> Inflater::step(char* out, std::size_t size) {
  stream_.next_out = reinterpret_cast<Bytef*>(out);
  stream_.avail_out = static_cast<uInt>(size);
  while (stream_.avail_out > 0 && (stream_.avail_in > 0 || pending_)) {
    if (member_ended_) {
      if (stream_.avail_in == 0) {
        break;
      }
      inflateReset(&stream_);
      member_ended_ = false;
    }
    const int code = inflate(&stream_, Z_NO_FLUSH);
    pending_ = code == Z_OK && stream_.avail_out == 0;
    member_ended_ = code == Z_STREAM_END;
    if (code == Z_BUF_ERROR) {
      break;
    }
    if (code != Z_OK && code != Z_STREAM_END) {
      return fail(ErrorCode::kInvalidArgument, "the request body is not valid gzip");
    }
  }
  const std::size_t written = size - stream_.avail_out;
  total_ += written;
  if (total_ > bytes_max_) {
    return std::unexpected(body_too_large(bytes_max_));
  }
  return written;
}

Result<void> Inflater::finish() const {
  if (!member_ended_) {
    return fail(ErrorCode::kInvalidArgument, "the gzip request body ends too early");
  }
  return {};
}

}  // namespace layer::http
