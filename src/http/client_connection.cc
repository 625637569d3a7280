#include "http/client_connection.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/error.hpp>

namespace layer::http {
namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr std::size_t kBodyBufferBytes = 64 * 1024;

}  // namespace

Client::Connection::Connection(std::shared_ptr<Pool> pool, Origin origin, async::Socket socket)
    : pool_(std::move(pool)),
      origin_(std::move(origin)),
      stream_(std::move(socket)),
      ticking_(pool_->ticker, *this),
      buffer_(kBufferBytes, '\0') {
  ++pool_->open;
}

Client::Connection::~Connection() {
  --pool_->open;
}

void Client::Connection::on_tick(async::TimePoint now) {
  stream_.check(now);
}

async::Duration Client::Connection::patience() const {
  const async::Duration left = deadline_ - async::SteadyClock::now();
  return std::clamp(left, async::Duration::zero(), pool_->options.progress_time_max);
}

Error Client::Connection::lost(const Stream::IoError& error) const {
  if (stream_.expired()) {
    return {.code = ErrorCode::kTimeout,
            .message = fmt::format("{} did not answer in time", origin_.authority())};
  }
  if (error == boost::asio::error::operation_aborted) {
    return {.code = ErrorCode::kCancelled, .message = "cancelled"};
  }
  return {.code = ErrorCode::kUnavailable,
          .message = fmt::format("the connection to {} was lost: {}", origin_.authority(),
                                 error.message())};
}

async::Task<Result<void>> Client::Connection::handshake() {
  if (!pool_->options.tls) {
    co_return fail(
        ErrorCode::kUnavailable,
        fmt::format("{} needs TLS, which this client was not given", origin_.authority()));
  }
  stream_.set_deadline(
      std::min(deadline_, async::SteadyClock::now() + pool_->options.tls_time_max));
  if (const auto ec = co_await stream_.handshake_as_client(pool_->options.tls, origin_.host)) {
    if (stream_.expired()) {
      co_return std::unexpected(lost(ec));
    }
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("TLS with {} failed: {}", origin_.authority(), ec.message()));
  }
  stream_.clear_deadline();
  co_return Result<void>{};
}

async::Task<Result<void>> Client::Connection::write(std::string_view a, std::string_view b,
                                                    std::string_view c) {
  if (const auto ec = co_await stream_.write(a, b, c, patience())) {
    co_return std::unexpected(lost(ec));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Client::Connection::write_request(const ClientRequest& request,
                                                            bool& untouched) {
  const auto line = [this] { return std::back_inserter(out_); };
  out_.clear();
  fmt::format_to(line(), "{} {} HTTP/1.1\r\nhost: {}\r\n", request.method, request.target,
                 origin_.authority());
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto [name, value] = request.headers[i];
    fmt::format_to(line(), "{}: {}\r\n", name, value);
  }
  const auto size = request.stream != nullptr ? request.stream->size()
                                              : std::optional<std::uint64_t>(request.body.size());
  const bool bodiless = request.method == "GET" || request.method == "HEAD";
  if (!size) {
    out_ += "transfer-encoding: chunked\r\n";
  } else if (*size > 0 || !bodiless) {
    fmt::format_to(line(), "content-length: {}\r\n", *size);
  }
  out_ += "\r\n";
  const auto written = co_await write(out_, request.body);
  untouched = untouched && !written;
  LAYER_CO_TRY(written);
  if (request.stream != nullptr) {
    LAYER_CO_TRY(co_await write_stream(*request.stream, !size));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Client::Connection::write_stream(Body& body, bool chunked) {
  while (true) {
    LAYER_CO_ASSIGN(const std::string_view piece, co_await body.next());
    if (piece.empty()) {
      break;
    }
    out_ = chunked ? fmt::format("{:x}\r\n", piece.size()) : "";
    LAYER_CO_TRY(co_await write(out_, piece, chunked ? "\r\n" : ""));
  }
  if (chunked) {
    LAYER_CO_TRY(co_await write("0\r\n\r\n"));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Client::Connection::fill() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == buffer_.size()) {
    buffer_.erase(0, begin_);
    end_ -= begin_;
    begin_ = 0;
    buffer_.resize(std::max(end_ * 2, kBufferBytes));
  }
  stream_.set_deadline(async::SteadyClock::now() + patience());
  const auto read = co_await stream_.read_some(buffer_.data() + end_, buffer_.size() - end_);
  stream_.clear_deadline();
  if (read.error) {
    co_return std::unexpected(lost(read.error));
  }
  end_ += read.bytes;
  co_return Result<void>{};
}

async::Task<Result<void>> Client::Connection::read_head(bool head_only, bool& untouched) {
  while (true) {
    parser_.emplace(pool_->options.head);
    if (head_only) {
      parser_->expect_no_body();
    }
    while (!parser_->head_done()) {
      LAYER_CO_ASSIGN(const ParseStep step, parser_->step(unread()));
      begin_ += step.consumed;
      if (parser_->head_done() || !step.need_more) {
        continue;
      }
      if (unread().size() > pool_->options.head.head_bytes_max) {
        co_return fail(ErrorCode::kHeadersTooLarge, "the answer's head is too large");
      }
      LAYER_CO_TRY(co_await fill());
      untouched = false;
    }
    const bool interim = parser_->status >= 100 && parser_->status < 200;
    if (!interim || parser_->status == 101) {
      co_return Result<void>{};
    }
  }
}

async::Task<Result<std::string_view>> Client::Connection::read_body() {
  while (!parser_->done()) {
    LAYER_CO_ASSIGN(const ParseStep step, parser_->step(unread()));
    begin_ += step.consumed;
    if (!step.body.empty()) {
      co_return step.body;
    }
    if (!step.need_more) {
      continue;
    }
    if (unread().size() > pool_->options.head.head_bytes_max) {
      co_return fail(ErrorCode::kHeadersTooLarge, "a chunk's head or the trailer is too large");
    }
    if (begin_ == end_ && buffer_.size() < kBodyBufferBytes) {
      buffer_.resize(kBodyBufferBytes);
    }
    const bool to_eof = !parser_->chunked() && !parser_->content_length();
    const auto filled = co_await fill();
    if (!filled && to_eof && filled.error().code == ErrorCode::kUnavailable) {
      LAYER_CO_TRY(parser_->step_eof());
      break;
    }
    LAYER_CO_TRY(filled);
  }
  co_return std::string_view{};
}

std::unique_ptr<Client::Connection> Client::Pool::take(const Origin& origin) {
  auto& kept = idle[origin];
  const auto oldest = async::SteadyClock::now() - options.idle_time_max;
  while (!kept.empty()) {
    auto connection = std::move(kept.back());
    kept.pop_back();
    if (connection->idle_since >= oldest && connection->quiet()) {
      return connection;
    }
  }
  return nullptr;
}

void Client::Pool::keep(std::unique_ptr<Connection> connection) {
  if (closed || !connection->reusable()) {
    return;
  }
  auto& kept = idle[connection->origin()];
  if (kept.size() >= options.idle_connections_max) {
    kept.pop_front();
  }
  connection->idle_since = async::SteadyClock::now();
  kept.push_back(std::move(connection));
}

Client::ResponseBody::ResponseBody(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {
  auto& parser = connection_->parser();
  if (!parser.chunked()) {
    size_ = parser.done() ? 0 : parser.content_length();
  }
}

async::Task<Result<std::string_view>> Client::ResponseBody::next() {
  if (!connection_) {
    co_return std::string_view{};
  }
  auto piece = co_await connection_->read_body();
  if (!piece) {
    connection_.reset();
  } else if (piece->empty()) {
    auto pool = connection_->pool();
    pool->keep(std::move(connection_));
  }
  co_return piece;
}

}  // namespace layer::http
