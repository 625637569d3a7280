#include "http/parser.h"

#include <fmt/format.h>
#include <boost/beast/http/error.hpp>

#include "core/text.h"

namespace layer::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

template <bool kRequest>
Parser<kRequest>::Parser(const HeadLimits& limits) : limits_(limits) {
  this->header_limit(limits.head_bytes_max);
  // The reader of the body counts, in decoded bytes.
  this->body_limit(boost::none);
}

template <bool kRequest>
Result<ParseStep> Parser<kRequest>::step(std::string_view input) {
  // The end of a chunked body takes at least 5 bytes ("0\r\n\r\n"), which the parser relies on when
  // it resumes inside them.
  constexpr std::size_t kLastChunkBytes = 5;
  if (input.empty() || (head_done() && chunked() && input.size() < kLastChunkBytes)) {
    return ParseStep{.need_more = true};
  }
  ErrorCodeBeast ec;
  piece_ = {};
  const std::size_t consumed = this->put(boost::asio::const_buffer(input.data(), input.size()), ec);
  if (ec == beast_http::error::need_more) {
    // The parser reports need_more together with what it consumed before.
    return ParseStep{consumed, piece_, consumed == 0};
  }
  if (ec) {
    return std::unexpected(explain(ec));
  }
  return ParseStep{consumed, piece_, false};
}

template <bool kRequest>
Result<void> Parser<kRequest>::step_eof() {
  ErrorCodeBeast ec;
  this->put_eof(ec);
  if (ec) {
    return std::unexpected(explain(ec));
  }
  return {};
}

template <bool kRequest>
std::optional<std::uint64_t> Parser<kRequest>::content_length() const {
  const auto length = Base::content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

template <bool kRequest>
Error Parser<kRequest>::explain(const ErrorCodeBeast& ec) const {
  if (too_large_ || ec == beast_http::error::header_limit) {
    return {.code = ErrorCode::kHeadersTooLarge,
            .message =
                fmt::format("the head is too large: at most {} bytes, {} fields and {} bytes "
                            "of target are read",
                            limits_.head_bytes_max, limits_.fields_max, limits_.target_bytes_max)};
  }
  return {.code = ErrorCode::kInvalidArgument,
          .message = fmt::format("malformed HTTP: {}", ec.message())};
}

template <bool kRequest>
void Parser<kRequest>::on_request_impl(beast_http::verb, View method_text, View target_text,
                                       int version, ErrorCodeBeast& ec) {
  if (target_text.size() > limits_.target_bytes_max) {
    too_large_ = true;
    ec = beast_http::error::header_limit;
    return;
  }
  method = view(method_text);
  target = view(target_text);
  version_ = version;
}

template <bool kRequest>
void Parser<kRequest>::on_response_impl(int code, View, int version, ErrorCodeBeast&) {
  status = code;
  version_ = version;
}

template <bool kRequest>
void Parser<kRequest>::on_field_impl(beast_http::field field, View name, View value,
                                     ErrorCodeBeast& ec) {
  if (in_trailer_) {
    return;  // trailer fields are read and dropped
  }
  if (headers.size() >= limits_.fields_max) {
    too_large_ = true;
    ec = beast_http::error::header_limit;
    return;
  }
  // "chunked" is the one transfer coding; anything else leaves the length of the body in doubt.
  if (field == beast_http::field::transfer_encoding &&
      !core::equals_ignore_case(trim(view(value)), "chunked")) {
    ec = beast_http::error::bad_transfer_encoding;
    return;
  }
  headers.add(view(name), view(value));
}

template <bool kRequest>
void Parser<kRequest>::on_header_impl(ErrorCodeBeast& ec) {
  in_trailer_ = true;
  if constexpr (kRequest) {
    const std::size_t hosts = headers.count("host");
    if (hosts > 1 || (hosts == 0 && version_ >= 11)) {
      ec = beast_http::error::bad_field;
    }
  }
}

template <bool kRequest>
void Parser<kRequest>::on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCodeBeast&) {}

template <bool kRequest>
std::size_t Parser<kRequest>::on_body_impl(View body, ErrorCodeBeast&) {
  piece_ = view(body);
  return body.size();
}

template <bool kRequest>
void Parser<kRequest>::on_chunk_header_impl(std::uint64_t, View, ErrorCodeBeast&) {}

template <bool kRequest>
std::size_t Parser<kRequest>::on_chunk_body_impl(std::uint64_t, View body, ErrorCodeBeast&) {
  piece_ = view(body);
  return body.size();
}

template <bool kRequest>
void Parser<kRequest>::on_finish_impl(ErrorCodeBeast&) {}

template class Parser<true>;
template class Parser<false>;

}  // namespace layer::http
