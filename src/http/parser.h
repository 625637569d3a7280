// HTTP/1.1 messages from bytes, on Beast's parser: strict about framing (a message whose length is
// ambiguous is refused), bounded in head size, field count and target length.
// Thread safety: plain objects, one message each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "core/error.h"
#include "http/headers.h"

namespace layer::http {

struct HeadLimits {
  std::uint32_t head_bytes_max = 64 * 1024;
  std::size_t fields_max = 128;
  std::size_t target_bytes_max = 16 * 1024;
};

// What one step over the input did.
struct ParseStep {
  std::size_t consumed = 0;
  std::string_view body{};  // a piece of the body, inside the input
  bool need_more = false;   // nothing else can be done with this input
};

template <bool kRequest>
class Parser : private boost::beast::http::basic_parser<kRequest> {
 public:
  explicit Parser(const HeadLimits& limits);

  // Works on the front of `input`, which must hold all bytes not consumed so far: one element of
  // the message a call. Errors: kInvalidArgument (malformed), kHeadersTooLarge.
  Result<ParseStep> step(std::string_view input);
  // The peer closed. An error unless the message may end here.
  Result<void> step_eof();

  bool head_done() const { return this->is_header_done(); }
  bool done() const { return this->is_done(); }
  bool chunked() const { return Base::chunked(); }
  // True when connection reuse is allowed after this message.
  bool keep_alive() const { return Base::keep_alive(); }
  bool http11() const { return version_ >= 11; }
  // Bytes announced by content-length; nullopt when there is none.
  std::optional<std::uint64_t> content_length() const;
  // A response to HEAD: no body follows whatever the head says.
  void expect_no_body() { this->skip(true); }

  std::string method;
  std::string target;
  int status = 0;
  Headers headers;

 private:
  using Base = boost::beast::http::basic_parser<kRequest>;
  using ErrorCodeBeast = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, View method_text, View target_text,
                       int version, ErrorCodeBeast& ec) override;
  void on_response_impl(int code, View reason, int version, ErrorCodeBeast& ec) override;
  void on_field_impl(boost::beast::http::field field, View name, View value,
                     ErrorCodeBeast& ec) override;
  void on_header_impl(ErrorCodeBeast& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCodeBeast& ec) override;
  std::size_t on_body_impl(View body, ErrorCodeBeast& ec) override;
  void on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCodeBeast& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, View body, ErrorCodeBeast& ec) override;
  void on_finish_impl(ErrorCodeBeast& ec) override;
  Error explain(const ErrorCodeBeast& ec) const;

  HeadLimits limits_;
  int version_ = 11;
  bool in_trailer_ = false;
  bool too_large_ = false;
  std::string_view piece_;
};

using RequestParser = Parser<true>;
using ResponseParser = Parser<false>;

extern template class Parser<true>;
extern template class Parser<false>;

}  // namespace layer::http
