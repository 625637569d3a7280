// Internals of the client: one connection and the body of a response. Thread safety: one loop.
#pragma once

#include <optional>

#include "http/client_pool.h"
#include "http/stream.h"

namespace layer::http {

class Client::Connection final : public async::Ticker::Watched {
 public:
  Connection(Slot slot, Site& site, async::Socket socket);

  void on_tick(async::TimePoint now) override;

  async::Task<Result<void>> handshake(async::TimePoint deadline);
  // Prepares for one request and its answer.
  void begin(async::TimePoint deadline, bool body_untimed);
  async::Task<Result<void>> write_request(const ClientRequest& request);
  async::Task<Result<void>> read_head(bool head_only);
  async::Task<Result<std::string_view>> read_body();
  // The body, if all of it came along with the head.
  std::optional<std::string> whole_body();

  ResponseParser& parser() { return *parser_; }
  // True when some bytes of the request were taken by the system.
  bool sent() const { return stream_.bytes_written() > written_before_; }
  // True when some bytes of an answer came.
  bool answered() const { return answered_; }
  bool reusable() const {
    return written_ && parser_->done() && parser_->keep_alive() && begin_ == end_;
  }
  bool quiet() const { return stream_.quiet(); }
  // Idle for too long, or too old to be sure where its name leads now.
  bool worn_out(async::TimePoint now) const;
  Site& site() const { return site_; }
  Pool& pool() const { return *slot_.pool; }

  async::TimePoint idle_since = async::TimePoint::max();
  bool idle = false;

 private:
  async::Task<Stream::IoError> fill(async::TimePoint deadline);
  // Writes out_, `body` and `tail`, and empties out_.
  async::Task<Result<void>> write(std::string_view body, std::string_view tail = {});
  async::Task<Result<void>> write_stream(Body& body, std::string_view piece,
                                         std::optional<std::uint64_t> size);
  void print_head(const ClientRequest& request, std::optional<std::uint64_t> size);
  async::TimePoint body_read_deadline() const;
  Error lost(const Stream::IoError& error, std::string_view doing) const;
  std::string_view unread() const {
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }

  Slot slot_;  // last to go: it wakes who waits for one
  Site& site_;
  Stream stream_;
  async::Ticker::Registration ticking_;
  const async::TimePoint opened_ = async::SteadyClock::now();
  async::TimePoint deadline_ = async::TimePoint::max();
  bool body_untimed_ = false;
  bool written_ = false;  // the whole request
  bool answered_ = false;
  std::uint64_t written_before_ = 0;
  std::optional<ResponseParser> parser_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;
};

class Client::ResponseBody final : public Body {
 public:
  explicit ResponseBody(std::unique_ptr<Connection> connection);
  async::Task<Result<std::string_view>> next() override;
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::unique_ptr<Connection> connection_;
  std::optional<std::uint64_t> size_;
};

}  // namespace layer::http
