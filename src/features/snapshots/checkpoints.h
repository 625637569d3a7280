// Checkpoints: the snapshot of a moment under a name, kept by retention (rule SN10 of the
// contract). A checkpoint names what the fields held; it does not hold rows. Thread safety: any
// loop, concurrently. Errors of all: those of ObjectStore, kCorrupt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "features/snapshots/snapshot_store.h"

namespace layer::features::snapshots {

inline constexpr std::size_t kLabelBytesMax = 128;
// Of a namespace that one list looks at.
inline constexpr std::size_t kCheckpointsMax = 10'000;

struct Checkpoint {
  std::string ns;
  std::string label;
  std::string key;  // of the body
  std::string sha;
  std::int64_t watermark_ms = 0;
  std::optional<std::uint64_t> row_count{};
  std::int64_t created_at_ms = 0;

  bool operator==(const Checkpoint&) const = default;
};
void put_checkpoint(json::Writer& out, const Checkpoint& checkpoint);
// 1 to kLabelBytesMax of [A-Za-z0-9._-], not "." or "..".
bool is_label(std::string_view label);

class Checkpoints {
 public:
  // What is referred to outlives it.
  Checkpoints(SnapshotStore& store, const core::Clock& clock) : store_(store), clock_(clock) {}

  // Pins the latest snapshot. Further errors: kConflict (the label is taken), kNotFound (there is
  // no snapshot).
  async::Task<Result<Checkpoint>> create(std::string ns, std::uint64_t incarnation,
                                         std::string label);
  // Further errors: kNotFound.
  async::Task<Result<Checkpoint>> get(std::string ns, std::string label);
  async::Task<Result<void>> remove(std::string ns, std::string label);
  // All of the namespace, newest first.
  async::Task<Result<std::vector<Checkpoint>>> list(std::string ns);

 private:
  SnapshotStore& store_;
  const core::Clock& clock_;
};

std::string checkpoints_prefix(std::string_view ns);

}  // namespace layer::features::snapshots
