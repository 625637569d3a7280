// The sending half of a connection.
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "http/connection.h"

namespace layer::http {
namespace {

bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

void Connection::print_head(const Response& response, bool head_only, bool keep, bool chunked) {
  const auto out = [this](std::string_view text) { out_ += text; };
  out_.clear();
  fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n", response.status,
                 reason_phrase(response.status));
  bool dated = false;  // an answer that is passed on keeps its origin's date
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const auto [name, value] = response.headers[i];
    dated = dated || core::equals_ignore_case(name, "date");
    out(name);
    out(": ");
    out(value);
    out("\r\n");
  }
  if (!dated) {
    out("date: ");
    out(loop_.date());
    out("\r\n");
  }
  if (chunked) {
    out("transfer-encoding: chunked\r\n");
  } else if (has_body(response.status)) {
    const auto size = response.stream ? response.stream->size()
                                      : std::optional<std::uint64_t>(response.body.size());
    if (size && !(head_only && response.headers.has("content-length"))) {
      fmt::format_to(std::back_inserter(out_), "content-length: {}\r\n", *size);
    }
  }
  if (!keep) {
    out("connection: close\r\n");
  } else if (!parser_->http11()) {
    out("connection: keep-alive\r\n");
  }
  out("\r\n");
}

async::Task<bool> Connection::send(Response& response, bool head_only, bool keep) {
  const bool bodiless = head_only || !has_body(response.status);
  const bool sized = !response.stream || response.stream->size().has_value();
  const bool chunked = !sized && parser_->http11() && has_body(response.status);
  print_head(response, head_only, keep && (sized || chunked), chunked && !head_only);
  const bool stream = response.stream && !bodiless;
  std::string_view body = bodiless || stream ? std::string_view{} : response.body;
  if (body.size() <= Stream::kJoinBytesMax) {
    out_.append(std::exchange(body, {}));
  }
  if (co_await stream_.write(out_, body, {}, server_.options().write_progress_time_max)) {
    broken_ = true;
    co_return false;
  }
  if (stream && !co_await send_stream(*response.stream, chunked)) {
    broken_ = true;
    co_return false;
  }
  co_return sized || chunked;
}

async::Task<bool> Connection::send_stream(Body& body, bool chunked) {
  const auto patience = server_.options().write_progress_time_max;
  in_handler_ = true;
  std::uint64_t sent = 0;
  while (true) {
    const auto piece = co_await body.next();
    if (!piece || broken_) {
      break;  // the head is out: only a broken connection can tell the client
    }
    if (piece->empty()) {
      in_handler_ = false;
      if (chunked) {
        co_return !co_await stream_.write("0\r\n\r\n", {}, {}, patience);
      }
      co_return !body.size() || *body.size() == sent;
    }
    sent += piece->size();
    out_.clear();
    if (chunked) {
      fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece->size());
    }
    if (co_await stream_.write(out_, *piece, chunked ? "\r\n" : "", patience)) {
      break;
    }
  }
  in_handler_ = false;
  co_return false;
}

}  // namespace layer::http
