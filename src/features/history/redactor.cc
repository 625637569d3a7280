#include "features/history/redactor.h"

#include <re2/re2.h>

#include <algorithm>

#include <fmt/format.h>

namespace layer::features::history {
namespace {

constexpr std::string_view kReplacement = "[redacted]";
constexpr std::string_view kEmail =
    R"((?i)[a-z0-9][a-z0-9._%+\-]{0,63}@(?:[a-z0-9](?:[a-z0-9\-]{0,62})\.)+[a-z]{2,24})";
// With a country's prefix or grouped: a bare run of digits is more often a product than a person.
constexpr std::string_view kPhone =
    R"(\+[0-9](?:[ ().\-]{0,2}[0-9]){6,14}|\(?\b[0-9]{2,5}\)?(?:[ .\-][0-9]{3,5}){2,4}\b|\b0[0-9](?:[ .\-][0-9]{2}){4}\b)";
// 13 to 19 digits in one run or in groups; a check digit decides.
constexpr std::string_view kCard = R"(\b[0-9](?:[ \-]?[0-9]){12,18}\b)";

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

Result<std::shared_ptr<const RE2>> compile(std::string_view pattern) {
  if (pattern.size() > Redactor::kPatternBytesMax) {
    return fail(ErrorCode::kValidation,
                fmt::format("an expression has at most {} bytes", Redactor::kPatternBytesMax));
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(Redactor::kPatternMemoryBytesMax);
  auto expression = std::make_shared<const RE2>(piece(pattern), options);
  if (!expression->ok()) {
    return fail(ErrorCode::kValidation, expression->error());
  }
  return expression;
}

// A backslash is the only character that RE2 reads in a rewrite.
std::string literal_rewrite(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out.append(c == '\\' ? 2 : 1, c);
  }
  return out;
}

// The check digit of ISO/IEC 7812-1, Luhn's.
bool has_check_digit(std::string_view text) {
  unsigned sum = 0;
  bool twice = false;
  for (auto c = text.rbegin(); c != text.rend(); ++c) {
    if (*c < '0' || *c > '9') {
      continue;
    }
    const unsigned digit = static_cast<unsigned>(*c - '0') * (twice ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}

}  // namespace

Result<void> Redactor::add(std::string_view pattern, std::string_view replace) {
  LAYER_ASSIGN(auto expression, compile(pattern));
  rules_.push_back({.expression = std::move(expression), .rewrite = literal_rewrite(replace)});
  return {};
}

Result<void> Redactor::add_preset(std::string_view name) {
  if (name == "email") {
    return add(kEmail, kReplacement);
  }
  if (name == "phone") {
    return add(kPhone, kReplacement);
  }
  if (name == "card") {
    LAYER_TRY(add(kCard, kReplacement));
    rules_.back().card = true;
    return {};
  }
  return fail(ErrorCode::kValidation, fmt::format("'{}' is no preset: email, phone or card", name));
}

bool Redactor::redact_cards(const Rule& rule, std::string& text) {
  bool changed = false;
  for (std::size_t at = 0; at < text.size();) {
    re2::StringPiece found;
    const re2::StringPiece all(text);
    if (!rule.expression->Match(all, at, all.size(), RE2::UNANCHORED, &found, 1)) {
      break;
    }
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    if (has_check_digit({found.data(), found.size()})) {
      text.replace(begin, found.size(), kReplacement);
      at = begin + kReplacement.size();
      changed = true;
    } else {
      at = begin + found.size();
    }
  }
  return changed;
}

bool Redactor::redact(std::string& text) const {
  bool changed = false;
  for (const Rule& rule : rules_) {
    const bool hit = rule.card ? redact_cards(rule, text)
                               : RE2::GlobalReplace(&text, *rule.expression, rule.rewrite) > 0;
    changed = changed || hit;
  }
  return changed;
}

}  // namespace layer::features::history
