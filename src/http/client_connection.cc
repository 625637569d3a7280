#include "http/client_connection.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/error.hpp>

#include "core/text.h"
#include "http/end_to_end.h"

namespace layer::http {
namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr std::size_t kBodyBufferBytes = 64 * 1024;
// What the head of an ordinary answer takes.
constexpr std::size_t kFieldsUsual = 16;
constexpr std::size_t kHeadBytesUsual = 512;

bool bodiless(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

// The client states these itself.
bool own_field(std::string_view name) {
  return (name.size() == 4 && core::equals_ignore_case(name, "host")) ||
         (name.size() == 14 && core::equals_ignore_case(name, "content-length")) ||
         hop_by_hop(name);
}

}  // namespace

Client::Connection::Connection(Slot slot, Site& site, async::Socket socket)
    : slot_(std::move(slot)),
      site_(site),
      stream_(std::move(socket)),
      ticking_(slot_.pool->ticker, *this),
      buffer_(kBufferBytes, '\0') {}

void Client::Connection::on_tick(async::TimePoint now) {
  stream_.check(now);
  if (idle && (worn_out(now) || pool().spare(*this, now) || !quiet())) {
    pool().sweep_soon();
  }
}

bool Client::Connection::worn_out(async::TimePoint now) const {
  const ClientOptions& options = pool().options;
  return now - idle_since >= options.idle_time_max ||
         (site_.named && now - opened_ >= options.connection_age_max);
}

void Client::Connection::begin(async::TimePoint deadline, bool body_untimed) {
  deadline_ = deadline;
  body_untimed_ = body_untimed;
  written_ = false;
  answered_ = false;
  written_before_ = stream_.bytes_written();
}

async::TimePoint Client::Connection::body_read_deadline() const {
  const auto progress_by = async::SteadyClock::now() + pool().options.progress_time_max;
  return body_untimed_ ? progress_by : std::min(progress_by, deadline_);
}

Error Client::Connection::lost(const Stream::IoError& error, std::string_view doing) const {
  if (stream_.expired()) {
    return client_error(ClientFailure::kTimeout,
                        fmt::format("{} was too slow while {}", site_.authority, doing));
  }
  if (error == boost::asio::error::operation_aborted) {
    return client_error(ClientFailure::kCancelled, "cancelled");
  }
  return client_error(ClientFailure::kReset,
                      fmt::format("the connection to {} was lost while {}: {}", site_.authority,
                                  doing, error.message()));
}

async::Task<Result<void>> Client::Connection::handshake(async::TimePoint deadline) {
  const ClientOptions& options = pool().options;
  if (!options.tls) {
    co_return std::unexpected(client_error(
        ClientFailure::kTls,
        fmt::format("{} needs TLS, which this client was not given", site_.authority)));
  }
  stream_.set_deadline(std::min(deadline, async::SteadyClock::now() + options.tls_time_max));
  const auto ec = co_await stream_.handshake_as_client(options.tls, site_.origin.host);
  stream_.clear_deadline();
  if (!ec) {
    co_return Result<void>{};
  }
  if (!stream_.expired() && ec == boost::asio::error::operation_aborted) {
    co_return std::unexpected(client_error(ClientFailure::kCancelled, "cancelled"));
  }
  co_return std::unexpected(client_error(
      ClientFailure::kTls,
      fmt::format("TLS with {} failed: {}; check that it speaks TLS and that its certificate is "
                  "valid for this name and issued by an authority that is trusted here",
                  site_.authority, stream_.expired() ? "no answer in time" : ec.message())));
}

async::Task<Result<void>> Client::Connection::write(std::string_view body, std::string_view tail) {
  if (body.size() + tail.size() <= Stream::kJoinBytesMax) {
    out_.append(body).append(tail);
    body = tail = {};
  }
  const async::Duration left = deadline_ - async::SteadyClock::now();
  const auto patience = std::clamp(left, async::Duration::zero(), pool().options.progress_time_max);
  const auto ec = co_await stream_.write(out_, body, tail, patience);
  out_.clear();
  if (ec) {
    co_return std::unexpected(lost(ec, "the request was sent"));
  }
  co_return Result<void>{};
}

void Client::Connection::print_head(const ClientRequest& request,
                                    std::optional<std::uint64_t> size) {
  const auto field = [this](std::string_view name, std::string_view value) {
    out_.append(name).append(": ").append(value).append("\r\n");
  };
  out_.clear();
  out_.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  field("host", site_.authority);
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto [name, value] = request.headers[i];
    const bool replaced = request.authorization && core::equals_ignore_case(name, "authorization");
    if (!replaced && !own_field(name)) {
      field(name, value);
    }
  }
  if (request.authorization && !request.authorization->empty()) {
    field("authorization", *request.authorization);
  }
  if (!size) {
    field("transfer-encoding", "chunked");
  } else if (*size > 0 || !bodiless(request.method)) {
    field("content-length", fmt::format_int(*size).c_str());
  }
  out_ += "\r\n";
}

async::Task<Result<void>> Client::Connection::write_request(const ClientRequest& request) {
  if (request.stream == nullptr) {
    print_head(request, request.body.size());
    LAYER_CO_TRY(co_await write(request.body));
  } else {
    // The first piece goes along with the head.
    const auto size = request.stream->size();
    LAYER_CO_ASSIGN(const std::string_view first, co_await request.stream->next());
    print_head(request, size);
    LAYER_CO_TRY(co_await write_stream(*request.stream, first, size));
  }
  written_ = true;
  co_return Result<void>{};
}

async::Task<Result<void>> Client::Connection::write_stream(Body& body, std::string_view piece,
                                                           std::optional<std::uint64_t> size) {
  const auto wrong_length = [&] {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the request's body does not have the {} bytes it announced", *size));
  };
  std::uint64_t given = 0;
  while (true) {
    given += piece.size();
    if (size && given > *size) {
      co_return wrong_length();
    }
    const bool end = piece.empty() || given == size;
    if (!size) {
      piece.empty() ? void(out_ += "0\r\n")
                    : void(fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece.size()));
    }
    LAYER_CO_TRY(co_await write(piece, size ? "" : "\r\n"));
    if (end) {
      break;
    }
    if (stream_.readable()) {
      // An answer before the request's end: what is left of the request does not matter any more.
      co_return std::unexpected(client_error(ClientFailure::kReset, "answered early"));
    }
    LAYER_CO_ASSIGN(piece, co_await body.next());
  }
  if (size && given != *size) {
    co_return wrong_length();
  }
  co_return Result<void>{};
}

async::Task<Stream::IoError> Client::Connection::fill(async::TimePoint deadline) {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == buffer_.size()) {
    buffer_.erase(0, begin_);
    end_ -= begin_;
    begin_ = 0;
    buffer_.resize(std::max(end_ * 2, kBufferBytes));
  }
  stream_.set_deadline(deadline);
  const auto read = co_await stream_.read_some(buffer_.data() + end_, buffer_.size() - end_);
  stream_.clear_deadline();
  end_ += read.bytes;
  co_return read.error;
}

async::Task<Result<void>> Client::Connection::read_head(bool head_only) {
  const auto malformed = [this](const Error& error) {
    return client_error(ClientFailure::kProtocol,
                        fmt::format("{} did not answer in HTTP/1.1: {}; check the URL's scheme and "
                                    "port",
                                    site_.authority, error.message));
  };
  while (true) {
    parser_.emplace(pool().options.head);
    parser_->headers.reserve(kFieldsUsual, kHeadBytesUsual);
    if (head_only) {
      parser_->expect_no_body();
    }
    while (!parser_->head_done()) {
      const auto step = parser_->step(unread());
      if (!step) {
        co_return std::unexpected(malformed(step.error()));
      }
      begin_ += step->consumed;
      if (parser_->head_done() || !step->need_more) {
        continue;
      }
      if (unread().size() > pool().options.head.head_bytes_max) {
        co_return std::unexpected(malformed({.message = "the head is too large"}));
      }
      if (const auto ec = co_await fill(deadline_)) {
        co_return std::unexpected(lost(ec, "its answer was awaited"));
      }
      answered_ = true;
    }
    const bool interim = parser_->status >= 100 && parser_->status < 200;
    if (parser_->status == 101) {
      co_return std::unexpected(malformed({.message = "it switched protocols unasked"}));
    }
    if (!interim) {
      co_return Result<void>{};
    }
  }
}

std::optional<std::string> Client::Connection::whole_body() {
  if (parser_->done()) {
    return std::string();
  }
  const auto length = parser_->content_length();
  if (parser_->chunked() || !length || unread().size() < *length) {
    return std::nullopt;
  }
  std::string text;
  text.reserve(*length);
  while (!parser_->done()) {
    const auto step = parser_->step(unread());
    if (!step) {
      return std::nullopt;
    }
    text += step->body;
    begin_ += step->consumed;
  }
  return text;
}

async::Task<Result<std::string_view>> Client::Connection::read_body() {
  const auto malformed = [this](std::string_view what) {
    return std::unexpected(client_error(
        ClientFailure::kProtocol, fmt::format("the answer of {} is {}", site_.authority, what)));
  };
  while (!parser_->done()) {
    const auto step = parser_->step(unread());
    if (!step) {
      co_return malformed(step.error().message);
    }
    begin_ += step->consumed;
    if (!step->body.empty()) {
      co_return step->body;
    }
    if (!step->need_more) {
      continue;
    }
    if (unread().size() > pool().options.head.head_bytes_max) {
      co_return malformed("malformed: a chunk's head or the trailer is too large");
    }
    if (begin_ == end_ && buffer_.size() < kBodyBufferBytes) {
      buffer_.resize(kBodyBufferBytes);
    }
    const auto ec = co_await fill(body_read_deadline());
    if (ec == boost::asio::error::eof) {
      // Only a body of no stated length may end with its connection.
      if (parser_->chunked() || parser_->content_length() || !parser_->step_eof()) {
        co_return std::unexpected(client_error(
            ClientFailure::kIncomplete,
            fmt::format("{} closed the connection before the end of its answer", site_.authority)));
      }
      break;
    }
    if (ec) {
      co_return std::unexpected(lost(ec, "its answer was read"));
    }
  }
  co_return std::string_view{};
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
    Pool& pool = connection_->pool();
    pool.keep(std::move(connection_));
  }
  co_return piece;
}

}  // namespace layer::http
