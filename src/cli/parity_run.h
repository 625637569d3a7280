// Asks a store and a gateway the same things and keeps count of where they part.
// Thread safety: one thread. Cost: two calls an exchange, one after the other.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/parity_cases.h"
#include "cli/parity_compare.h"
#include "cli/probe.h"

namespace layer::cli {

struct ParityDifference {
  std::string where;    // "queries.case:12"
  std::string name;     // of the case
  std::string request;  // "POST /v2/namespaces/$-ns/query"
  AnswerDifference found;
};

struct ParityResult {
  std::size_t cases = 0;
  std::size_t exchanges = 0;
  std::size_t stamp_only = 0;  // equal but for what stamps change
  std::vector<ParityDifference> differences{};
  std::string fingerprint{};  // SHA-256, hex, over all the store answered, made comparable
  std::vector<std::string> left_behind{};  // namespaces that could not be deleted
  bool stopped = false;                    // not all cases were run
};

struct ParityOptions {
  std::string prefix;  // of every namespace that is made
  // Before each case; false stops the run.
  std::function<bool(std::size_t done, std::size_t total)> proceed;
};

// Errors: the store's transport error. A gateway that does not answer is a difference.
Result<ParityResult> run_parity(Prober& store, Prober& gateway,
                                const std::vector<ParityCase>& cases, const ParityOptions& options);

}  // namespace layer::cli
