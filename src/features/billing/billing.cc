#include "features/billing/billing.h"

#include <charconv>
#include <cstddef>

#include "json/lexer.h"

namespace layer::features::billing {
namespace {

using json::Token;

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) {
    ++at;
  }
  return at;
}

// Where the string begins whose closing quote is at `close`: a quote behind an even number of
// backslashes. kNowhere when that lies before the text, or may.
std::size_t open_quote(std::string_view text, std::size_t close) {
  std::size_t at = close;
  while (at > 0) {
    at = text.rfind('"', at - 1);
    if (at == kNowhere) {
      return kNowhere;
    }
    std::size_t run = at;
    while (run > 0 && text[run - 1] == '\\') {
      --run;
    }
    if (run == 0) {
      return kNowhere;
    }
    if ((at - run) % 2 == 0) {
      return at;
    }
  }
  return kNowhere;
}

// The text of the value of the last member `billing` of the object that ends `text`; empty: none.
std::string_view find_object(std::string_view text) {
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  if (text.empty() || text.back() != '}') {
    return {};
  }
  std::size_t depth = 1;
  std::size_t value_end = kNowhere;  // behind the last value in brackets that was passed
  for (std::size_t at = text.size() - 1; at > 0;) {
    const char c = text[--at];
    if (c == '}' || c == ']') {
      if (depth++ == 1) {
        value_end = at + 1;
      }
    } else if (c == '{' || c == '[') {
      if (--depth == 0) {
        return {};
      }
    } else if (c == '"') {
      const std::size_t open = open_quote(text, at);
      if (open == kNowhere) {
        return {};
      }
      if (depth == 1 && text.substr(open + 1, at - open - 1) == "billing") {
        const std::size_t colon = skip_space(text, at + 1);
        if (text[colon] == ':') {
          const std::size_t value = skip_space(text, colon + 1);
          return text[value] == '{' && value_end != kNowhere ? text.substr(value, value_end - value)
                                                             : std::string_view{};
        }
      }
      at = open;
    }
  }
  return {};
}

std::uint64_t count_of(std::string_view number) {
  std::uint64_t count = 0;
  const char* const end = number.data() + number.size();
  const auto [rest, fault] = std::from_chars(number.data(), end, count);
  return rest == end && fault == std::errc() ? count : 0;
}

std::uint64_t* field(Billing& billing, std::string_view name) {
  if (name == "billable_logical_bytes_written") {
    return &billing.bytes_written;
  }
  if (name == "billable_logical_bytes_queried") {
    return &billing.bytes_queried;
  }
  return name == "billable_logical_bytes_returned" ? &billing.bytes_returned : nullptr;
}

// Reads the members of an object behind its opening brace, and those of its member `query`.
bool read_members(json::Lexer& lexer, Billing& billing, bool outermost) {
  Token token = lexer.next();
  for (; token == Token::kKey; token = lexer.next()) {
    std::uint64_t* const into = field(billing, lexer.raw());
    const bool query = outermost && lexer.raw() == "query";
    token = lexer.next();
    if (token == Token::kNumber && into != nullptr) {
      *into = count_of(lexer.raw());
    } else if (token == Token::kBeginObject && query) {
      if (!read_members(lexer, billing, false)) {
        return false;
      }
    } else if (token == Token::kBeginObject || token == Token::kBeginArray) {
      lexer.skip();
      lexer.next();
    }
  }
  return token == Token::kEndObject;
}

}  // namespace

Billing& Billing::operator+=(const Billing& other) {
  bytes_written += other.bytes_written;
  bytes_queried += other.bytes_queried;
  bytes_returned += other.bytes_returned;
  return *this;
}

std::optional<Billing> read_billing(std::string_view end_of_answer) {
  const std::string_view object = find_object(end_of_answer);
  if (object.empty()) {
    return std::nullopt;
  }
  json::Lexer lexer(object);
  Billing billing;
  if (lexer.next() != Token::kBeginObject || !read_members(lexer, billing, true)) {
    return std::nullopt;
  }
  return billing;
}

}  // namespace layer::features::billing
