// Every operator over random rows, nulls and tombstones, against the naive evaluator: through
// segments, and over single rows.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "engine/query/naive_filter.h"
#include "engine/query/test_namespace.h"

namespace layer::engine::query {
namespace {

using Op = wire::FilterOp;

constexpr std::uint64_t kIds = 400;
const std::vector<std::string> kWords = {"fish", "fishing", "whale", "crab", "tank", "deep"};
const std::vector<std::string> kNames = {"", "a", "ab", "abc", "b", "ba", "ñ", "z"};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::int64_t number() {
    return chance(80) ? static_cast<std::int64_t>(below(9)) - 4
                      : static_cast<std::int64_t>(random_());
  }
  std::string name() { return kNames[below(kNames.size())]; }
  std::string text(std::uint64_t most) {
    std::string text;
    for (std::uint64_t i = 0, n = 1 + below(most); i < n; ++i) {
      text += (i == 0 ? "" : " ") + kWords[below(kWords.size())];
    }
    return text;
  }

  Row row(const wire::Schema& schema, std::uint64_t id) {
    Row row{.id = id, .fields = {}};
    const auto set = [&](const char* attribute, wire::Value value) {
      if (chance(70)) {
        row.fields.push_back({.attr = *schema.find(attribute), .value = std::move(value)});
      }
    };
    std::vector<std::int64_t> numbers(below(4));
    std::ranges::generate(numbers, [&] { return number(); });
    std::vector<std::string> names(below(4));
    std::ranges::generate(names, [&] { return name(); });
    set("n", number());
    set("s", name());
    set("ns", numbers);
    set("ss", names);
    set("text", text(6));
    return row;
  }

  wire::Filter filter(int depth) {
    if (depth == 0 || chance(40)) {
      return {.node = comparison()};
    }
    std::vector<wire::Filter> children;
    for (std::uint64_t i = 0, n = below(4); i < n; ++i) {
      children.push_back(filter(depth - 1));
    }
    switch (below(3)) {
      case 0:
        return {.node = wire::FilterAnd{.children = std::move(children)}};
      case 1:
        return {.node = wire::FilterOr{.children = std::move(children)}};
      default:
        return {.node = wire::FilterNot{.child = {filter(depth - 1)}}};
    }
  }

 private:
  template <class T>
  wire::Literal list(T one) {
    wire::LiteralArray elements;
    for (std::uint64_t i = 0, n = below(4); i < n; ++i) {
      elements.push_back({.value = one()});
    }
    return {.value = std::move(elements)};
  }

  Op pick(std::initializer_list<Op> ops) { return ops.begin()[below(ops.size())]; }

  wire::Comparison comparison() {
    const std::string attribute =
        std::vector<std::string>{"id", "n", "s", "ns", "ss", "text"}[below(6)];
    wire::Comparison result;
    result.attribute = attribute;
    if (attribute == "text") {
      result.op = pick({Op::kContainsAllTokens, Op::kContainsAnyToken, Op::kContainsTokenSequence});
      result.operand.value = text(3);
      result.last_as_prefix = chance(30);
      return result;
    }
    if ((attribute == "s" || attribute == "ss") && chance(30)) {
      result.op = pick({Op::kGlob, Op::kNotGlob, Op::kRegex});
      result.operand.value = result.op == Op::kRegex ? std::string("b") : name() + "*" + name();
      return result;
    }
    const bool array = attribute == "ns" || attribute == "ss";
    const auto one = [&]() -> decltype(wire::Literal::value) {
      if (attribute == "id") {
        return static_cast<std::int64_t>(below(kIds));
      }
      if (attribute == "n" || attribute == "ns") {
        return number();
      }
      return name();
    };
    if (chance(40)) {
      result.op = array ? pick({Op::kIn, Op::kNotIn, Op::kContainsAny, Op::kNotContainsAny})
                        : pick({Op::kIn, Op::kNotIn});
      result.operand = list(one);
      return result;
    }
    result.op = array ? pick({Op::kContains, Op::kNotContains, Op::kAnyLt, Op::kAnyLte, Op::kAnyGt,
                              Op::kAnyGte, Op::kEq, Op::kNotEq})
                      : pick({Op::kEq, Op::kNotEq, Op::kLt, Op::kLte, Op::kGt, Op::kGte});
    const bool presence = result.op == Op::kEq || result.op == Op::kNotEq;
    const bool null = array ? presence : attribute != "id" && chance(15);
    if (!null) {
      result.operand.value = one();
    }
    return result;
  }

  std::mt19937_64 random_;
};

TestNamespace random_namespace(Generator& generator) {
  TestNamespace names(R"({"n": "int", "ns": "[]int",
      "s": {"type": "string", "filterable": true, "regex": true},
      "ss": {"type": "[]string", "filterable": true, "regex": true},
      "text": {"type": "string", "full_text_search": true}})");
  std::vector<std::vector<Row>> segments(4);
  for (std::uint64_t id = 0; id < kIds; ++id) {
    segments[generator.below(segments.size())].push_back(generator.row(names.schema(), id));
  }
  for (std::vector<Row>& rows : segments) {
    names.add_rows(std::move(rows));
  }
  for (std::uint64_t id = 0; id < kIds; ++id) {
    if (generator.chance(10)) {
      names.remove(id);
    }
  }
  return names;
}

std::set<std::uint64_t> evaluated(const TestNamespace& names, const BoundFilter& filter) {
  std::set<std::uint64_t> ids;
  for (const SegmentView& view : names.snapshot().segments) {
    const auto docs = filter.evaluate(view);
    EXPECT_TRUE(docs.has_value()) << docs.error().message;
    docs->for_each([&](DocId doc) { ids.insert(std::get<std::uint64_t>(view.segment->id(doc))); });
  }
  return ids;
}

TEST(RandomFilters, AgreeWithTheNaiveEvaluatorOverSegmentsAndOverRows) {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Generator generator(seed);
    const TestNamespace names = random_namespace(generator);
    const NaiveFilter naive(names.schema());
    for (int round = 0; round < 250; ++round) {
      const wire::Filter filter = generator.filter(3);
      const auto bound = BoundFilter::bind(names.schema(), filter);
      ASSERT_TRUE(bound.has_value()) << bound.error().message;
      std::set<std::uint64_t> wanted;
      for (const Row& row : names.rows()) {
        const bool passes = naive.matches(filter, row);
        ASSERT_EQ(bound->matches(row, nullptr), passes) << "round " << round;
        if (passes) {
          wanted.insert(std::get<std::uint64_t>(row.id));
        }
      }
      ASSERT_EQ(evaluated(names, *bound), wanted) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace layer::engine::query
