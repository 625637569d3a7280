#include "features/ubi/event_list.h"

#include <fmt/format.h>

#include "features/namespaces/slices.h"
#include "json/lexer.h"

namespace layer::features::ubi {
namespace {

using json::Token;

std::string_view without_space(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

bool is_json(std::string_view text) {
  json::Lexer lexer(text);
  while (true) {
    const Token token = lexer.next();
    if (token == Token::kEnd || token == Token::kInvalid || token == Token::kNeedMore) {
      return token == Token::kEnd;
    }
  }
}

// Objects with nothing but white space between them.
Result<std::vector<std::string_view>> split_objects(std::string_view rest) {
  std::vector<std::string_view> events;
  while (!(rest = without_space(rest)).empty()) {
    json::Lexer lexer(rest);
    const auto slice = namespaces::next_value(lexer);
    if (slice.token != Token::kBeginObject || !slice.is_value()) {
      return fail(ErrorCode::kValidation,
                  "expected an event, an array of events, or one event a line");
    }
    events.push_back(slice.of(rest));
    rest.remove_prefix(slice.end);
    if (events.size() > kEventsMax) {
      break;
    }
  }
  return events;
}

}  // namespace

Result<std::vector<std::string_view>> split_events(std::string_view body) {
  std::vector<std::string_view> events;
  if (without_space(body).starts_with('[')) {
    if (!is_json(body)) {
      return fail(ErrorCode::kValidation, "the array of events is no JSON");
    }
    for (const auto& slice : namespaces::items_of(body)) {
      events.push_back(slice.of(body));
    }
  } else {
    LAYER_ASSIGN(events, split_objects(body));
  }
  if (events.empty() || events.size() > kEventsMax) {
    return fail(ErrorCode::kValidation, fmt::format("expected 1 to {} events", kEventsMax));
  }
  return events;
}

}  // namespace layer::features::ubi
