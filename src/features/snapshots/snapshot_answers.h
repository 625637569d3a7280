// Counts and values that a snapshot answers without the store (rule SC1 of the contract): how many
// rows there are, how many have a value of a field, which values a field has. Thread safety: any
// loop, concurrently. What is referred to outlives it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "features/snapshots/place.h"
#include "features/snapshots/policy.h"
#include "features/snapshots/snapshot_store.h"

namespace layer::features::snapshots {

struct Question {
  std::string ns;          // logical name
  std::string filter{};    // JSON text; empty: all rows
  std::string field{};     // of values; empty: a count
  bool asked_for = false;  // the caller wants a snapshot, however old
};

struct Answer {
  std::uint64_t count = 0;  // of a count
  // Of values: by count, the largest first, then by value.
  std::vector<std::pair<std::string, std::uint64_t>> values{};
  std::string sha{};
  std::int64_t watermark_ms = 0;
};

// What the body itself says; nullopt: it does not answer the question.
std::optional<Answer> answer_from(const Body& body, const Question& question);

class SnapshotAnswers {
 public:
  SnapshotAnswers(const PlaceFinder& places, SnapshotStore& store, PolicyStore& policies,
                  const core::Clock& clock)
      : places_(places), store_(store), policies_(policies), clock_(clock) {}

  // nullopt: no snapshot answers, or none that is young enough for somebody who did not ask for
  // one: that takes fields that are configured, and an exact body that is younger than twice the
  // interval. Errors: those of the object store.
  async::Task<Result<std::optional<Answer>>> look(Question question);

 private:
  const PlaceFinder& places_;
  SnapshotStore& store_;
  PolicyStore& policies_;
  const core::Clock& clock_;
};

}  // namespace layer::features::snapshots
