// One accepted connection: reads requests one after the other, hands them to the handler, writes
// the answers. Internal to the server. Thread safety: its loop only.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/cancellation_signal.hpp>

#include "async/ticker.h"
#include "http/message.h"
#include "http/parser.h"
#include "http/server.h"
#include "http/server_loop.h"
#include "http/stream.h"

namespace layer::http {

class Connection final : public async::Ticker::Watched {
 public:
  Connection(Server& server, ServerLoop& loop, async::Socket socket);
  ~Connection() override;

  static async::Task<> serve(std::unique_ptr<Connection> self);
  // The signal that cancels what serve() awaits.
  void set_signal(boost::asio::cancellation_signal& signal) { signal_ = &signal; }

  void on_tick(async::TimePoint now) override;
  // For a stop: ends the connection unless a request is being read or served.
  void close_if_idle();
  void abort();

 private:
  class RequestBody;
  enum class Head : unsigned char { kReady, kClosed, kRefused };

  async::Task<> run();
  async::Task<Head> read_head();
  async::Task<bool> serve_request();
  async::Task<Response> call_handler();
  async::Task<Result<std::string_view>> read_body();
  async::Task<bool> send(Response& response, bool head_only, bool keep);
  async::Task<bool> send_stream(Body& body, bool chunked);
  async::Task<> refuse(const Error& error);
  async::Task<Stream::Read> fill();
  // Consumes what is left of the request's body in the buffer; true when the body has ended.
  bool finish_body();
  Result<void> start_body();
  void print_head(const Response& response, bool head_only, bool keep, bool chunked);
  std::string_view unread() const {
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }

  Server& server_;
  ServerLoop& loop_;
  Stream stream_;
  async::Ticker::Registration ticking_;
  std::list<Connection*>::iterator listed_;
  boost::asio::cancellation_signal* signal_ = nullptr;

  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::optional<RequestParser> parser_;
  Request request_;
  std::string out_;

  std::uint64_t body_bytes_ = 0;
  async::Duration body_window_left_{};
  std::size_t body_window_bytes_ = 0;
  bool continue_due_ = false;
  bool broken_ = false;     // nothing more can be sent or received in order
  bool malformed_ = false;  // the framing of the body at hand is lost
  bool idle_ = true;
  bool in_handler_ = false;
};

}  // namespace layer::http
