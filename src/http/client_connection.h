// Internals of the client: one connection, the pool of idle ones, the body of a response. Thread
// safety: one loop.
#pragma once

#include <list>
#include <map>
#include <optional>

#include "async/ticker.h"
#include "http/client.h"
#include "http/stream.h"

namespace layer::http {

struct Client::Pool {
  Pool(async::Loop& event_loop, ClientOptions client_options)
      : loop(event_loop), options(std::move(client_options)), ticker(event_loop, options.tick) {}

  // A kept connection that is still open, the most recently used first.
  std::unique_ptr<Connection> take(const Origin& origin);
  void keep(std::unique_ptr<Connection> connection);

  async::Loop& loop;
  ClientOptions options;
  async::Ticker ticker;
  std::map<Origin, std::list<std::unique_ptr<Connection>>> idle;
  std::size_t open = 0;
  bool closed = false;
};

class Client::Connection final : public async::Ticker::Watched {
 public:
  Connection(std::shared_ptr<Pool> pool, Origin origin, async::Socket socket);
  ~Connection() override;

  void on_tick(async::TimePoint now) override;

  async::Task<Result<void>> handshake();
  // `untouched` stays true while not a byte of the request was taken and none of an answer came.
  async::Task<Result<void>> write_request(const ClientRequest& request, bool& untouched);
  async::Task<Result<void>> read_head(bool head_only, bool& untouched);
  async::Task<Result<std::string_view>> read_body();

  void set_deadline(async::TimePoint deadline) { deadline_ = deadline; }
  ResponseParser& parser() { return *parser_; }
  bool reusable() const { return parser_->done() && parser_->keep_alive() && begin_ == end_; }
  bool quiet() const { return stream_.quiet(); }
  const Origin& origin() const { return origin_; }
  const std::shared_ptr<Pool>& pool() const { return pool_; }
  async::TimePoint idle_since{};

 private:
  async::Task<Result<void>> fill();
  async::Task<Result<void>> write(std::string_view a, std::string_view b = {},
                                  std::string_view c = {});
  async::Task<Result<void>> write_stream(Body& body, bool chunked);
  async::Duration patience() const;
  Error lost(const Stream::IoError& error) const;
  std::string_view unread() const {
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }

  std::shared_ptr<Pool> pool_;
  Origin origin_;
  Stream stream_;
  async::Ticker::Registration ticking_;
  async::TimePoint deadline_ = async::TimePoint::max();
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
