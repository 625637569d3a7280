// What holds for every write body, for the property test and the fuzzer. Thread safety: pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "features/writes/naive_write.h"
#include "features/writes/splice.h"
#include "features/writes/streaming_rewriter.h"
#include "features/writes/write_plan.h"

namespace layer::features::writes {

inline constexpr std::int64_t kTestStamp = 1'712'345'678'901;

// The body as the rewriter gives it when fed `step` bytes at a time.
inline Result<std::string> rewrite(std::string_view body, const StampRules& rules,
                                   std::size_t step) {
  StreamingRewriter rewriter(rules, kTestStamp);
  std::string out;
  const auto pull_all = [&] {
    for (std::string_view piece = rewriter.pull(); !piece.empty(); piece = rewriter.pull()) {
      out += piece;
    }
  };
  for (std::size_t at = 0; at < body.size(); at += step) {
    const std::string piece(body.substr(at, step));  // freed at once: nothing may look back
    LAYER_TRY(rewriter.feed(piece));
    pull_all();
  }
  LAYER_TRY(rewriter.finish());
  pull_all();
  return out;
}

// Empty: all holds. Otherwise what does not.
inline std::string broken_promise(const std::string& body, const StampRules& rules,
                                  std::size_t step) {
  const auto document = json::Document::parse(body);
  if (!document) {
    const auto plan = plan_write(body, rules);
    const bool refused = !plan || plan->understood;
    // Numbers that no type holds are the store's to refuse: the plan does not look at them.
    const bool about_numbers =
        body.find_first_of("eE") != std::string::npos ||
        std::count_if(body.begin(), body.end(), [](char c) { return c >= '0' && c <= '9'; }) > 18;
    return refused && !about_numbers ? "edits what is not JSON" : "";
  }
  const auto verdict = naive::Judge().judge(document->root());
  const auto plan = plan_write(body, rules);
  if (!plan) {
    return verdict == naive::Verdict::kRefuse ? "" : "refuses: " + plan.error().message;
  }
  if (verdict == naive::Verdict::kRefuse) {
    return "does not refuse a reserved name";
  }
  if (plan->understood != (verdict == naive::Verdict::kEdit)) {
    return plan->understood ? "edits a body of another shape" : "does not understand a write";
  }
  if (!plan->understood) {
    return plan->edits.empty() ? "" : "has edits for a body it does not understand";
  }
  const std::string edited = splice(body, *plan, rules, kTestStamp);
  if ((edited != body) && !plan->edits_body(false)) {
    return "changes a body that has no edits";
  }
  const auto again = json::Document::parse(edited);
  if (!again) {
    return "makes what is not JSON: " + edited;
  }
  if (!naive::Expectation(rules, kTestStamp).holds(document->root(), again->root())) {
    return "makes other rows: " + edited;
  }
  const auto streamed = rewrite(body, rules, step);
  if (!streamed || *streamed != edited) {
    return "streams something else: " + (streamed ? *streamed : streamed.error().message);
  }
  return "";
}

}  // namespace layer::features::writes
