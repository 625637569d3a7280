// Turns what was kept of a request and its answer into records of search history. Nothing waits for
// it: a small answer is read on the loop once it is on its way, a large one in the pool; when the
// pool is full the record is dropped and counted.
// Thread safety: from any loop, concurrently; stop() from another thread, once no request is left.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "features/billing/billing.h"
#include "features/capture/history_headers.h"
#include "features/capture/kept_text.h"
#include "features/history/reader.h"
#include "features/history/recorder.h"
#include "features/namespaces/routing.h"

namespace layer::gateway {

// Texts up to here are read on the loop: it takes some 50 microseconds at most.
inline constexpr std::size_t kReadInlineBytesMax = 32 * core::limits::kKiB;

struct PassedQuery {
  enum class Kind : std::uint8_t { kOneNamespace, kFederated };
  Kind kind = Kind::kOneNamespace;
  features::history::QueryEntry entry{};  // without query, top ids and count
  features::capture::HistoryHeaders headers{};
  features::capture::KeptText request{};
  features::capture::KeptText answer{};
  bool reads_stable = false;  // where the query names no level
};

struct PassedFetch {
  features::history::Click click{};  // without document and position
  features::capture::KeptText answer{};
};

class EntryWriter {
 public:
  struct Parts {
    features::history::Recorder& recorder;
    const features::history::Reader& reader;
    const features::namespaces::Router& router;
    const core::Clock& clock;
    async::CpuPool& pool;
    core::Metrics& metrics;
  };
  explicit EntryWriter(const Parts& parts);

  // On `loop`, behind what it does now.
  void write_later(const async::Executor& loop, PassedQuery passed);
  void write_later(const async::Executor& loop, PassedFetch passed);

  // Epoch; no two records of this gateway have the same.
  std::int64_t now_ns();
  // What tells records of the same millisecond apart whose time somebody else told: 0 to 999,999.
  std::int64_t within_ms() {
    return static_cast<std::int64_t>(told_.fetch_add(1, std::memory_order_relaxed) % 1'000'000);
  }
  void dropped(std::string_view reason);
  const Parts& parts() const { return parts_; }

  // What was handed over before is recorded or forgotten when it returns.
  void stop();

 private:
  // Outlives the writer as long as work for it is on its way.
  struct Gate {
    std::shared_mutex mutex;
    EntryWriter* writer;  // null: closed
  };
  template <class Passed>
  void send(const async::Executor& loop, Passed passed, std::size_t bytes);

  void write(PassedQuery passed);
  void write(PassedFetch passed);
  void write_federated(PassedQuery passed);

  Parts parts_;
  std::shared_ptr<Gate> gate_;
  std::atomic<std::int64_t> last_ns_{0};
  std::atomic<std::uint64_t> told_{0};
};

}  // namespace layer::gateway
