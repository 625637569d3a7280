// One connection to one node: requests out, frames in, one request at a time. Its deadlines are
// watched only while it is busy. After an error it is of no more use.
// Thread safety: one loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/ticker.h"
#include "cache/aerospike/frame.h"
#include "http/stream.h"

namespace layer::cache::aerospike {

struct Frame {
  FrameType type = FrameType::kMessage;
  std::string body;
};

class Connection final : public async::Ticker::Watched {
 public:
  Connection(async::Socket socket, async::Ticker& ticker, std::string peer);

  void on_tick(async::TimePoint now) override { stream_.check(now); }

  // Errors of all: kUnavailable, kCancelled; of receive() and ask() also kCorrupt.
  async::Task<Result<void>> handshake(http::TlsContext context, std::string name,
                                      async::TimePoint deadline);
  async::Task<Result<void>> send(std::string_view request, async::TimePoint deadline);
  // Memory grows with the bytes that arrive, not with those that are announced.
  async::Task<Result<Frame>> receive(std::uint64_t bytes_max, async::TimePoint deadline);

  // Text questions, see info.h; the whole answer.
  async::Task<Result<std::string>> ask(const std::vector<std::string>& questions,
                                       async::TimePoint deadline);

  // Between requests nothing is watched.
  void begin() { ticking_.emplace(ticker_, *this); }
  void end();
  // Idle, open, and silent as it should be.
  bool usable(async::Duration idle_time_max) const;

 private:
  async::Task<Result<void>> fill(std::size_t bytes, async::TimePoint deadline);
  Error lost(const http::Stream::IoError& error, std::string_view doing) const;

  async::Ticker& ticker_;
  const std::string peer_;  // for messages
  http::Stream stream_;
  std::optional<async::Ticker::Registration> ticking_;
  async::TimePoint idle_since_ = async::SteadyClock::now();
  std::string buffer_;  // read and not yet taken
};

}  // namespace layer::cache::aerospike
