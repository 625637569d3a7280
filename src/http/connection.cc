#include "http/connection.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

namespace layer::http {
namespace {

constexpr std::size_t kBufferBytes = 8 * 1024;       // kept by an idle connection
constexpr std::size_t kBodyBufferBytes = 64 * 1024;  // while a large body is read
constexpr auto kLinger = std::chrono::seconds(2);

}  // namespace

// The body of the request at hand as the handler sees it.
class Connection::RequestBody final : public Body {
 public:
  explicit RequestBody(Connection& connection) : connection_(connection) {}
  async::Task<Result<std::string_view>> next() override { return connection_.read_body(); }
  std::optional<std::uint64_t> size() const override {
    return connection_.parser_->chunked()
               ? std::nullopt
               : std::optional(connection_.parser_->content_length().value_or(0));
  }

 private:
  Connection& connection_;
};

Connection::Connection(Server& server, ServerLoop& loop, async::Socket socket)
    : server_(server),
      loop_(loop),
      stream_(std::move(socket)),
      ticking_(loop.ticker, *this),
      listed_(loop.connections.insert(loop.connections.end(), this)) {
  boost::system::error_code ec;
  const auto peer = stream_.socket().remote_endpoint(ec);
  if (!ec) {
    request_.peer = peer.address().to_string();
  }
}

Connection::~Connection() {
  loop_.connections.erase(listed_);
  server_.connection_ended();
}

async::Task<> Connection::serve(std::unique_ptr<Connection> self) {
  co_await self->run();
}

void Connection::on_tick(async::TimePoint now) {
  stream_.check(now);
  if (in_handler_ && !request_.cancelled && stream_.peer_gone()) {
    request_.cancelled = true;
  }
  if (request_.cancelled && signal_ != nullptr) {
    signal_->emit(boost::asio::cancellation_type::terminal);
  }
}

void Connection::close_if_idle() {
  if (idle_) {
    broken_ = true;
    stream_.cancel();
  }
}

void Connection::abort() {
  broken_ = true;
  request_.cancelled = true;
  stream_.cancel();
  if (signal_ != nullptr) {
    signal_->emit(boost::asio::cancellation_type::terminal);
  }
}

async::Task<> Connection::run() {
  stream_.set_deadline(async::SteadyClock::now() + server_.options().head_time_max);
  if (server_.options().tls && co_await stream_.handshake_as_server(server_.options().tls)) {
    co_return;
  }
  buffer_.resize(kBufferBytes);
  while (!broken_) {
    const Head head = co_await read_head();
    if (head == Head::kClosed) {
      break;
    }
    if (head == Head::kRefused || !co_await serve_request()) {
      // A client that is still sending would be reset by a plain close, and might lose the answer.
      if (!broken_ && (!parser_->done() || begin_ != end_ || !stream_.quiet())) {
        co_await stream_.shutdown(kLinger);
      }
      break;
    }
  }
  stream_.close();
}

async::Task<Stream::Read> Connection::fill() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      buffer_.erase(0, begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    buffer_.resize(std::max(end_ * 2, kBufferBytes));
  }
  const auto read = co_await stream_.read_some(buffer_.data() + end_, buffer_.size() - end_);
  end_ += read.bytes;
  co_return read;
}

async::Task<Connection::Head> Connection::read_head() {
  const auto& options = server_.options();
  parser_.emplace(options.head);
  // The strings of the last request are reused with their memory.
  request_.headers.clear();
  parser_->headers = std::move(request_.headers);
  parser_->target = std::move(request_.target);
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kBufferBytes) {
      buffer_.resize(kBufferBytes);
      buffer_.shrink_to_fit();
    }
  }
  const bool first = idle_;
  idle_ = begin_ == end_;
  if (!first && idle_) {
    if (server_.draining()) {
      co_return Head::kClosed;
    }
    stream_.set_deadline(async::SteadyClock::now() + options.idle_time_max);
  }
  bool timed = first;
  std::size_t head_bytes = 0;
  while (true) {
    // Empty lines before a request are skipped (RFC 9112, 2.2).
    while (head_bytes == 0 && unread().starts_with("\r\n")) {
      begin_ += 2;
    }
    auto step = parser_->step(unread());
    if (!step) {
      co_await refuse(step.error());
      co_return Head::kRefused;
    }
    begin_ += step->consumed;
    head_bytes += step->consumed;
    if (parser_->head_done()) {
      idle_ = false;
      stream_.clear_deadline();
      co_return Head::kReady;
    }
    if (!step->need_more) {
      continue;
    }
    if (head_bytes + unread().size() > options.head.head_bytes_max) {
      co_await refuse({.code = ErrorCode::kHeadersTooLarge,
                       .message = fmt::format("the head is larger than {} bytes",
                                              options.head.head_bytes_max)});
      co_return Head::kRefused;
    }
    idle_ = head_bytes == 0 && unread().empty();
    if (!timed && !idle_) {
      stream_.set_deadline(async::SteadyClock::now() + options.head_time_max);
      timed = true;
    }
    const auto read = co_await fill();
    if (read.error || broken_) {
      if (stream_.expired() && !idle_) {
        co_await refuse(
            {.code = ErrorCode::kTimeout, .message = "the request's head did not arrive in time"});
      }
      co_return Head::kClosed;
    }
  }
}

Result<void> Connection::start_body() {
  const auto& options = server_.options();
  continue_due_ = false;
  body_bytes_ = 0;
  body_window_bytes_ = 0;
  body_window_left_ = options.body_progress_window;
  if (parser_->content_length().value_or(0) > options.body_bytes_max) {
    return std::unexpected(body_too_large(options.body_bytes_max));
  }
  if (const auto expect = request_.headers.find("expect"); expect && parser_->http11()) {
    if (!request_.headers.has_token("expect", "100-continue")) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("the expectation '{}' is not supported", *expect));
    }
    continue_due_ = !parser_->done() && unread().empty();
  }
  return {};
}

async::Task<bool> Connection::serve_request() {
  request_.method = std::move(parser_->method);
  request_.target = std::move(parser_->target);
  request_.headers = std::move(parser_->headers);
  request_.cancelled = false;
  const bool head_only = request_.method == "HEAD";

  if (const auto started = start_body(); !started) {
    co_await refuse(started.error());
    co_return false;
  }
  server_.in_flight_.fetch_add(1, std::memory_order_relaxed);
  Response response = co_await call_handler();
  const bool keep = !broken_ && finish_body() && parser_->keep_alive() && !server_.draining();
  const bool sent = !broken_ && co_await send(response, head_only, keep);
  server_.in_flight_.fetch_sub(1, std::memory_order_relaxed);
  co_return sent&& keep;
}

async::Task<Response> Connection::call_handler() {
  RequestBody body(*this);
  request_.body = &body;
  in_handler_ = true;
  Response response;
  std::optional<Error> escaped;
  try {
    response = co_await server_.handler_.handle(request_);
  } catch (const std::exception& error) {
    escaped = Error{.code = ErrorCode::kInternal, .message = error.what()};
  }
  if (escaped) {
    response = server_.handler_.failed(*escaped);
  }
  in_handler_ = false;
  request_.body = nullptr;
  co_return response;
}

async::Task<Result<std::string_view>> Connection::read_body() {
  const auto& options = server_.options();
  while (!parser_->done()) {
    auto step = parser_->step(unread());
    if (!step) {
      malformed_ = true;
      co_return std::unexpected(std::move(step).error());
    }
    const std::string_view piece = step->body;
    begin_ += step->consumed;
    body_bytes_ += piece.size();
    if (body_bytes_ > options.body_bytes_max) {
      co_return std::unexpected(body_too_large(options.body_bytes_max));
    }
    if (!piece.empty()) {
      co_return piece;
    }
    if (!step->need_more) {
      continue;
    }
    if (unread().size() > options.head.head_bytes_max) {
      malformed_ = true;  // a chunk's extension or trailer without end
      co_return fail(ErrorCode::kHeadersTooLarge, "a chunk's head or the trailer is too large");
    }
    if (std::exchange(continue_due_, false) &&
        co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n", {}, {},
                               options.write_progress_time_max)) {
      broken_ = true;
      co_return fail(ErrorCode::kCancelled, "the client went away");
    }
    if (buffer_.size() < kBodyBufferBytes &&
        (parser_->chunked() || parser_->content_length().value_or(0) > buffer_.size())) {
      buffer_.resize(kBodyBufferBytes);
    }
    const auto begun = async::SteadyClock::now();
    stream_.set_deadline(begun + body_window_left_);
    const auto read = co_await fill();
    stream_.clear_deadline();
    if (read.error) {
      if (stream_.expired()) {
        co_return fail(ErrorCode::kTimeout,
                       fmt::format("the request's body came slower than {} bytes in {} s",
                                   options.body_progress_bytes_min,
                                   options.body_progress_window / std::chrono::seconds(1)));
      }
      broken_ = true;
      co_return fail(ErrorCode::kCancelled, "the client went away while sending the body");
    }
    body_window_left_ -= async::SteadyClock::now() - begun;
    body_window_bytes_ += read.bytes;
    if (body_window_bytes_ >= options.body_progress_bytes_min) {
      body_window_bytes_ = 0;
      body_window_left_ = options.body_progress_window;
    }
  }
  co_return std::string_view{};
}

bool Connection::finish_body() {
  while (!parser_->done()) {
    if (malformed_) {
      return false;
    }
    const auto step = parser_->step(unread());
    if (!step || step->need_more) {
      return false;
    }
    begin_ += step->consumed;
  }
  return true;
}

async::Task<> Connection::refuse(const Error& error) {
  Response response = server_.handler_.failed(error);
  (void)co_await send(response, false, false);
}

}  // namespace layer::http
