#include "features/legs/answer_totals.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>

#include "features/namespaces/slices.h"
#include "json/writer.h"
#include "wire/value.h"

namespace layer::features::legs {
namespace {

enum class Fold : std::uint8_t { kFirst, kSum, kMost, kMean, kColdest, kEarliest };
struct Rule {
  std::string_view name;
  Fold fold;
};
constexpr Rule kPerformance[] = {
    {"server_total_ms", Fold::kMost},
    {"query_execution_ms", Fold::kMost},
    {"exhaustive_search_count", Fold::kSum},
    {"approx_namespace_size", Fold::kSum},
    {"cache_hit_ratio", Fold::kMean},
    {"cache_temperature", Fold::kColdest},
    {"last_included_write_at", Fold::kEarliest},
};
constexpr std::string_view kTemperatures[] = {R"("cold")", R"("warm")", R"("hot")"};

Fold rule_of(std::string_view name) {
  const auto* const rule = std::ranges::find(kPerformance, name, &Rule::name);
  return rule == std::end(kPerformance) ? Fold::kFirst : rule->fold;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  return rest == end && fault == std::errc() ? std::optional(value) : std::nullopt;
}

// Small is cold; what the store calls otherwise counts as the warmest.
std::ptrdiff_t warmth(std::string_view text) {
  return std::ranges::find(kTemperatures, text) - std::begin(kTemperatures);
}

bool is_earlier(std::string_view left, std::string_view right) {
  const auto a = wire::parse_datetime(namespaces::string_of(left));
  const auto b = wire::parse_datetime(namespaces::string_of(right));
  return a && b && a->ms != b->ms ? a->ms < b->ms : left < right;
}

}  // namespace

void AnswerTotals::add(std::string_view billing, std::string_view performance) {
  billing_.add(billing);
  performance_.add(performance);
}

void AnswerTotals::Object::add(std::string_view json) {
  if (json.empty()) {
    return;
  }
  if (objects_++ == 0) {
    first_ = json;
  }
  for (const namespaces::Member& member : namespaces::members_of(json)) {
    const std::string_view text = member.value.of(json);
    const auto known = std::ranges::find(fields_, member.name, &Field::name);
    if (known != fields_.end()) {
      fold(*known, text);
    } else {
      fields_.push_back({.name = member.name,
                         .text = std::string(text),
                         .sum = number<double>(text).value_or(0)});
    }
  }
}

void AnswerTotals::Object::fold(Field& field, std::string_view text) const {
  switch (sums_all_ ? Fold::kSum : rule_of(field.name)) {
    case Fold::kFirst:
      break;
    case Fold::kSum: {
      const auto known = number<std::uint64_t>(field.text);
      const auto more = number<std::uint64_t>(text);
      if (known && more) {
        field.text = std::to_string(*known + *more);
      }
      break;
    }
    case Fold::kMost:
      if (number<double>(text).value_or(0) > number<double>(field.text).value_or(0)) {
        field.text = text;
      }
      break;
    case Fold::kMean:
      field.sum += number<double>(text).value_or(0);
      ++field.values;
      field.text = json::Writer().value(field.sum / static_cast<double>(field.values)).text();
      break;
    case Fold::kColdest:
      if (warmth(text) < warmth(field.text)) {
        field.text = text;
      }
      break;
    case Fold::kEarliest:
      if (is_earlier(text, field.text)) {
        field.text = text;
      }
      break;
  }
}

std::string AnswerTotals::Object::print() const {
  if (objects_ <= 1) {
    return first_;
  }
  json::Writer out;
  out.begin_object();
  for (const Field& field : fields_) {
    out.key(field.name).raw(field.text);
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::features::legs
