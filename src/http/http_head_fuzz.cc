// The way of a request's head: parser with our limits, target and header helpers. The input is fed
// whole and in two parts; both must agree.
#include <cstdlib>
#include <string>

#include "http/gzip.h"
#include "http/message.h"
#include "http/parser.h"
#include "testing/fuzz.h"

namespace {

using layer::http::RequestParser;

struct Outcome {
  bool refused = false;
  bool done = false;
  std::string target;
  std::string body;
};

// Appends `input` to what is unread and parses as far as it goes.
void feed(RequestParser& parser, std::string& unread, std::string_view input, Outcome& outcome) {
  unread += input;
  std::size_t at = 0;
  while (!outcome.refused && !parser.done()) {
    const auto step = parser.step(std::string_view(unread).substr(at));
    if (!step) {
      outcome.refused = true;
      break;
    }
    at += step->consumed;
    outcome.body += step->body;
    if (step->need_more) {
      break;
    }
  }
  unread.erase(0, at);
}

Outcome parse(std::string_view first, std::string_view second) {
  layer::http::HeadLimits limits;
  limits.head_bytes_max = 4096;
  RequestParser parser(limits);
  Outcome outcome;
  std::string unread;
  feed(parser, unread, first, outcome);
  feed(parser, unread, second, outcome);
  outcome.done = !outcome.refused && parser.done();
  if (parser.head_done()) {
    layer::http::Request request;
    request.target = parser.target;
    outcome.target = std::string(request.path()) + std::string(request.query());
    (void)layer::http::accepts_gzip(parser.headers);
    (void)layer::http::content_coding(parser.headers);
    (void)parser.headers.has_token("connection", "close");
    (void)parser.keep_alive();
  }
  return outcome;
}

}  // namespace

LAYER_FUZZ_TARGET(http_head_fuzz) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse(bytes, {});
  const Outcome halves = parse(bytes.substr(0, size / 2), bytes.substr(size / 2));
  if (whole.done && halves.done && (whole.target != halves.target || whole.body != halves.body)) {
    std::abort();
  }
}
