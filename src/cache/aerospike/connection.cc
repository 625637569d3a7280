#include "cache/aerospike/connection.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/error.hpp>

#include "cache/aerospike/info.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kGrowthBytesMax = 256 * 1024;

}  // namespace

Connection::Connection(async::Socket socket, async::Ticker& ticker, std::string peer)
    : ticker_(ticker), peer_(std::move(peer)), stream_(std::move(socket)) {}

Error Connection::lost(const http::Stream::IoError& error, std::string_view doing) const {
  if (stream_.expired()) {
    return {.code = ErrorCode::kUnavailable,
            .message = fmt::format("Aerospike at {} was too slow while {}", peer_, doing)};
  }
  if (error == boost::asio::error::operation_aborted) {
    return {.code = ErrorCode::kCancelled, .message = "cancelled"};
  }
  return {.code = ErrorCode::kUnavailable,
          .message = fmt::format("the connection to Aerospike at {} was lost while {}: {}", peer_,
                                 doing, error.message())};
}

async::Task<Result<void>> Connection::handshake(http::TlsContext context, std::string name,
                                                async::TimePoint deadline) {
  stream_.set_deadline(deadline);
  const auto ec = co_await stream_.handshake_as_client(context, name);
  stream_.clear_deadline();
  if (ec) {
    co_return std::unexpected(lost(ec, "TLS was agreed"));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Connection::send(std::string_view request, async::TimePoint deadline) {
  const auto left = deadline - async::SteadyClock::now();
  const auto ec = co_await stream_.write(request, {}, {}, std::max(left, async::Duration::zero()));
  if (ec) {
    co_return std::unexpected(lost(ec, "a request was sent"));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Connection::fill(std::size_t bytes, async::TimePoint deadline) {
  while (buffer_.size() < bytes) {
    const std::size_t had = buffer_.size();
    buffer_.resize(had + std::clamp(bytes - had, kReadBytes, kGrowthBytesMax));
    stream_.set_deadline(deadline);
    const auto read = co_await stream_.read_some(buffer_.data() + had, buffer_.size() - had);
    stream_.clear_deadline();
    buffer_.resize(had + read.bytes);
    if (read.error) {
      co_return std::unexpected(lost(read.error, "its answer was awaited"));
    }
  }
  co_return Result<void>{};
}

async::Task<Result<Frame>> Connection::receive(std::uint64_t bytes_max, async::TimePoint deadline) {
  LAYER_CO_TRY(co_await fill(kFrameHeadBytes, deadline));
  LAYER_CO_ASSIGN(
      const FrameHead head,
      parse_frame_head(std::string_view(buffer_).substr(0, kFrameHeadBytes), bytes_max));
  const std::size_t whole = kFrameHeadBytes + head.bytes;
  LAYER_CO_TRY(co_await fill(whole, deadline));
  Frame frame{.type = head.type, .body = {}};
  if (buffer_.size() == whole) {
    frame.body = std::move(buffer_);
    frame.body.erase(0, kFrameHeadBytes);
    buffer_.clear();
  } else {
    frame.body = buffer_.substr(kFrameHeadBytes, head.bytes);
    buffer_.erase(0, whole);
  }
  co_return frame;
}

async::Task<Result<std::string>> Connection::ask(const std::vector<std::string>& questions,
                                                 async::TimePoint deadline) {
  const std::string request = print_info(questions);
  LAYER_CO_TRY(co_await send(request, deadline));
  LAYER_CO_ASSIGN(Frame frame, co_await receive(kInfoBytesMax, deadline));
  if (frame.type != FrameType::kInfo) {
    co_return fail(ErrorCode::kCorrupt,
                   fmt::format("Aerospike at {} answered a question with something else", peer_));
  }
  co_return std::move(frame.body);
}

void Connection::end() {
  ticking_.reset();
  idle_since_ = async::SteadyClock::now();
}

bool Connection::usable(async::Duration idle_time_max) const {
  return buffer_.empty() && stream_.quiet() &&
         async::SteadyClock::now() - idle_since_ < idle_time_max;
}

}  // namespace layer::cache::aerospike
