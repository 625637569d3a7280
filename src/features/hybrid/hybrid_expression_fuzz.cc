// Any bytes as an expression: what is understood gives lists that can be sent, an echo that is
// JSON, and no more lists than there may be.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "features/hybrid/echo.h"
#include "features/hybrid/expression.h"
#include "features/hybrid/leg_plan.h"
#include "json/document.h"
#include "testing/fuzz.h"

namespace layer::features::hybrid {
namespace {

void expect(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "%s\n", what);
    std::abort();
  }
}

bool is_json(const std::string& text) {
  return json::Document::parse(text).has_value();
}

void check_leg(const legs::Leg& leg) {
  expect(is_json(leg.rank_by), "a ranking is JSON");
  expect(leg.filters.empty() || is_json(leg.filters), "a filter is JSON");
}

void check_plan(const HybridExpression& expression, bool semantic) {
  HybridAsk ask{.expression = expression};
  if (semantic) {
    ask.semantic = R"(["v","ANN",[1]])";
  }
  const auto plan = plan_legs(ask);
  if (!plan) {
    return;
  }
  expect(plan->legs.size() <= legs::kLegsMax, "no more lists than there may be");
  expect(plan->legs.size() == plan->mandatory + plan->fuzzy.size(), "a list for each word");
  for (const legs::Leg& leg : plan->legs) {
    check_leg(leg);
  }
  for (const std::string& word : plan->fuzzy) {
    check_leg(surfacing_leg(ask, word, 10, true));
  }
  expect(is_json(print_echo(expression.options, *plan, {.legs = plan->legs.size()})),
         "an echo is JSON");
}

}  // namespace
}  // namespace layer::features::hybrid

LAYER_FUZZ_TARGET(hybrid_expression_fuzz) {
  using namespace layer::features::hybrid;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto expression = parse_hybrid(text)) {
    check_plan(*expression, false);
  }
  if (const auto expression = parse_auto(text)) {
    expect(expression->tokens > 0, "words decide");
    check_plan(expression->lexical, true);
  }
}
