// The filter language over one row, written to be seen to be right: what filters are tested
// against. It knows attributes of int, string and their arrays, and text of lower-case words.
#pragma once

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/row.h"
#include "wire/filter.h"

namespace layer::engine::query {

class NaiveFilter {
 public:
  explicit NaiveFilter(const wire::Schema& schema) : schema_(schema) {}

  bool matches(const wire::Filter& filter, const Row& row) const {
    const auto passes = [&](const wire::Filter& child) { return matches(child, row); };
    if (const auto* all = std::get_if<wire::FilterAnd>(&filter.node)) {
      return std::ranges::all_of(all->children, passes);
    }
    if (const auto* any = std::get_if<wire::FilterOr>(&filter.node)) {
      return std::ranges::any_of(any->children, passes);
    }
    if (const auto* negated = std::get_if<wire::FilterNot>(&filter.node)) {
      return !passes(negated->child.front());
    }
    return compare(std::get<wire::Comparison>(filter.node), row);
  }

 private:
  using Op = wire::FilterOp;
  using Scalar = std::variant<std::int64_t, std::string>;

  static Scalar scalar(const wire::Literal& literal) {
    if (const auto* number = std::get_if<std::int64_t>(&literal.value)) {
      return *number;
    }
    return std::get<std::string>(literal.value);
  }
  static std::vector<Scalar> operands(const wire::Literal& literal) {
    std::vector<Scalar> all;
    if (const auto* list = std::get_if<wire::LiteralArray>(&literal.value)) {
      for (const wire::Literal& element : *list) {
        all.push_back(scalar(element));
      }
    } else if (!literal.is_null()) {
      all.push_back(scalar(literal));
    }
    return all;
  }

  // The values of a row's attribute, and whether there is any value at all.
  std::vector<Scalar> values(const std::string& name, const Row& row, bool& missing) const {
    missing = false;
    if (name == "id") {
      return {static_cast<std::int64_t>(std::get<std::uint64_t>(row.id))};
    }
    const wire::Value* value = row.find(*schema_.find(name));
    missing = value == nullptr;
    if (missing) {
      return {};
    }
    if (const auto* number = std::get_if<std::int64_t>(value)) {
      return {*number};
    }
    if (const auto* text = std::get_if<std::string>(value)) {
      return {*text};
    }
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(value)) {
      return {numbers->begin(), numbers->end()};
    }
    if (const auto* texts = std::get_if<std::vector<std::string>>(value)) {
      return {texts->begin(), texts->end()};
    }
    return {};
  }

  static std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> all(1);
    for (const char c : text) {
      if (c == ' ') {
        all.emplace_back();
      } else {
        all.back() += c;
      }
    }
    std::erase(all, "");
    return all;
  }

  static bool tokens(const wire::Comparison& comparison, const std::vector<Scalar>& values) {
    const auto stored =
        values.empty() ? std::vector<std::string>() : words(std::get<std::string>(values.front()));
    const auto wanted = words(std::get<std::string>(comparison.operand.value));
    const auto same = [&](std::size_t i, const std::string& word) {
      const bool prefix = comparison.last_as_prefix && i + 1 == wanted.size();
      return prefix ? word.starts_with(wanted[i]) : word == wanted[i];
    };
    std::size_t found = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      found += std::ranges::any_of(stored, [&](const auto& word) { return same(i, word); }) ? 1 : 0;
    }
    if (comparison.op == Op::kContainsAnyToken) {
      return found > 0;
    }
    if (comparison.op == Op::kContainsAllTokens) {
      return found == wanted.size();
    }
    for (std::size_t start = 0; start + wanted.size() <= stored.size(); ++start) {
      bool all = true;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        all = all && same(i, stored[start + i]);
      }
      if (all) {
        return true;
      }
    }
    return false;
  }

  // The generator's patterns are a literal with one star, or a literal to be found.
  static bool pattern(const wire::Comparison& comparison, const std::string& value) {
    const auto& text = std::get<std::string>(comparison.operand.value);
    if (comparison.op == Op::kRegex) {
      return value.find(text) != std::string::npos;
    }
    const std::size_t star = text.find('*');
    const std::string head = text.substr(0, star);
    const std::string tail = text.substr(star + 1);
    return value.size() >= head.size() + tail.size() && value.starts_with(head) &&
           value.ends_with(tail);
  }

  bool compare(const wire::Comparison& comparison, const Row& row) const {
    bool missing = false;
    const std::vector<Scalar> stored = values(comparison.attribute, row, missing);
    const bool null_operand = comparison.operand.is_null();
    const auto any = [&](auto test) { return std::ranges::any_of(stored, test); };
    const auto equals_any = [&] {
      const auto wanted = operands(comparison.operand);
      return any(
          [&](const Scalar& value) { return std::ranges::find(wanted, value) != wanted.end(); });
    };
    switch (comparison.op) {
      case Op::kEq:
        return null_operand ? missing : equals_any();
      case Op::kNotEq:
        return null_operand ? !missing : !equals_any();
      case Op::kIn:
      case Op::kContains:
      case Op::kContainsAny:
        return equals_any();
      case Op::kNotIn:
      case Op::kNotContains:
      case Op::kNotContainsAny:
        return !equals_any();
      case Op::kLt:
        return !null_operand &&
               (missing || any([&](auto& v) { return v < scalar(comparison.operand); }));
      case Op::kLte:
        return missing ||
               (!null_operand && any([&](auto& v) { return v <= scalar(comparison.operand); }));
      case Op::kGt:
        return !missing &&
               (null_operand || any([&](auto& v) { return v > scalar(comparison.operand); }));
      case Op::kGte:
        return null_operand || any([&](auto& v) { return v >= scalar(comparison.operand); });
      case Op::kAnyLt:
        return any([&](auto& v) { return v < scalar(comparison.operand); });
      case Op::kAnyLte:
        return any([&](auto& v) { return v <= scalar(comparison.operand); });
      case Op::kAnyGt:
        return any([&](auto& v) { return v > scalar(comparison.operand); });
      case Op::kAnyGte:
        return any([&](auto& v) { return v >= scalar(comparison.operand); });
      case Op::kGlob:
      case Op::kIGlob:
      case Op::kRegex:
        return any([&](auto& v) { return pattern(comparison, std::get<std::string>(v)); });
      case Op::kNotGlob:
      case Op::kNotIGlob:
        return !any([&](auto& v) { return pattern(comparison, std::get<std::string>(v)); });
      case Op::kContainsAllTokens:
      case Op::kContainsAnyToken:
      case Op::kContainsTokenSequence:
        return tokens(comparison, stored);
      case Op::kFuzzy:
        break;
    }
    return false;
  }

  const wire::Schema& schema_;
};

}  // namespace layer::engine::query
