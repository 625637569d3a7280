#include "features/snapshots/snapshot_answers.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "features/namespaces/slices.h"
#include "features/snapshots/group_answer.h"
#include "wire/value.h"

namespace layer::features::snapshots {
namespace {

// [f,"Eq",v] or [f,"In",[v,...]]
struct Leaf {
  std::string field;
  std::vector<std::string_view> operands{};  // JSON texts
};

std::optional<Leaf> read_leaf(std::string_view filter) {
  const auto parts = namespaces::items_of(filter);
  if (parts.size() != 3 || parts[0].token != json::Token::kString) {
    return std::nullopt;
  }
  Leaf leaf{.field = namespaces::string_of(parts[0].of(filter))};
  const std::string_view operand = parts[2].of(filter);
  const std::string op = namespaces::string_of(parts[1].of(filter));
  if (op == "Eq") {
    leaf.operands.push_back(operand);
  } else if (op == "In" && operand.starts_with('[')) {
    for (const auto& item : namespaces::items_of(operand)) {
      leaf.operands.push_back(item.of(operand));
    }
  } else {
    return std::nullopt;
  }
  return leaf;
}

bool is_whole(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

double to_double(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The value of the field that a number means: the one with its text, or, where either is not whole,
// one of the same size.
const ValueCount* find_number(const FieldCounts& field, std::string_view text) {
  const auto at = std::ranges::find_if(field.values, [&](const ValueCount& value) {
    return value.v == text ||
           (!(is_whole(value.v) && is_whole(text)) && to_double(value.v) == to_double(text));
  });
  return at == field.values.end() ? nullptr : &*at;
}

// Texts that can be spelled in several ways and still mean the same value.
bool has_spellings(std::string_view text) {
  constexpr std::size_t kUuidDigits = 32;
  return wire::parse_datetime(text).has_value() || text.size() >= kUuidDigits;
}

// nullopt: the body does not tell.
std::optional<std::uint64_t> count_of(const FieldCounts& field, const Leaf& leaf) {
  std::set<const ValueCount*> met;  // a value counts once, however often it is named
  for (const std::string_view operand : leaf.operands) {
    const auto scalar = read_scalar(operand);
    if (!scalar || (field.type && scalar->type != *field.type)) {
      return std::nullopt;
    }
    const ValueCount* found = nullptr;
    if (scalar->type == ValueType::kNumber) {
      found = find_number(field, scalar->text);
    } else {
      const auto at =
          std::ranges::lower_bound(field.values, scalar->text, std::less<>(), &ValueCount::v);
      found = at != field.values.end() && at->v == scalar->text ? &*at : nullptr;
      if (found == nullptr && has_spellings(scalar->text)) {
        return std::nullopt;
      }
    }
    if (found != nullptr) {
      met.insert(found);
    }
  }
  std::uint64_t sum = 0;
  for (const ValueCount* value : met) {
    sum += value->n;
  }
  return sum;
}

std::optional<Leaf> leaf_of(const Question& question) {
  return question.filter.empty() ? std::nullopt : read_leaf(question.filter);
}

}  // namespace

std::optional<Answer> answer_from(const Body& body, const Question& question) {
  Answer answer{.sha = body.sha, .watermark_ms = body.watermark_ms};
  if (question.field.empty() && question.filter.empty()) {
    if (!body.row_count) {
      return std::nullopt;
    }
    answer.count = *body.row_count;
    return answer;
  }
  const auto leaf = leaf_of(question);
  if (question.field.empty() ? !leaf.has_value() : !question.filter.empty()) {
    return std::nullopt;
  }
  const FieldCounts* field = body.find(leaf ? leaf->field : question.field);
  if (field == nullptr || field->array) {
    return std::nullopt;
  }
  if (leaf) {
    const auto count = count_of(*field, *leaf);
    if (!count) {
      return std::nullopt;
    }
    answer.count = *count;
    return answer;
  }
  for (const ValueCount& value : field->values) {
    answer.values.emplace_back(value.v, value.n);
  }
  std::ranges::sort(answer.values, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return answer;
}

async::Task<Result<std::optional<Answer>>> SnapshotAnswers::look(Question question) {
  LAYER_CO_ASSIGN(const Place place, co_await places_.find(question.ns));
  std::string needed = question.field;
  if (const auto leaf = leaf_of(question)) {
    needed = leaf->field;
  }
  std::optional<Policy> policy;
  if (!question.asked_for) {
    LAYER_CO_ASSIGN(policy, co_await policies_.effective(place.ns, place.index));
    const auto& fields = policy->facet_fields;
    if (needed.empty() ? fields.empty() : std::ranges::find(fields, needed) == fields.end()) {
      co_return std::nullopt;
    }
  }
  LAYER_CO_ASSIGN(const auto latest, co_await store_.latest(place.ns, place.incarnation));
  if (!latest ||
      (policy && clock_.wall_ms() - latest->unchanged_through_ms >= 2 * policy->interval.count())) {
    co_return std::nullopt;
  }
  LAYER_CO_ASSIGN(const BodyPtr body, co_await store_.body(latest->key));
  if (policy && !body->exact) {
    co_return std::nullopt;
  }
  auto answer = answer_from(*body, question);
  if (answer) {
    answer->watermark_ms = latest->unchanged_through_ms;
  }
  co_return answer;
}

}  // namespace layer::features::snapshots
