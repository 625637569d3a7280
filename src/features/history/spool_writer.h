// The spool on a thread of its own, reached from loops. Thread safety: any loop, concurrently.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/cpu_pool.h"
#include "core/metrics.h"
#include "features/history/intake.h"
#include "features/history/segment_walk.h"
#include "features/history/settings.h"
#include "features/history/spool.h"

namespace layer::features::history {

class SpoolWriter final : public LocalSegments {
 public:
  struct Parts {
    Intake& intake;
    SettingsCache& settings;
    const core::Clock& clock;
    core::Metrics& metrics;
    std::chrono::milliseconds fsync_every;
  };
  SpoolWriter(Parts parts, std::unique_ptr<Spool> spool);

  struct Turned {
    bool sealed = false;        // there is something to upload
    bool busy = false;          // another turn is due, although no record may come
    std::uint64_t counter = 0;  // of the last segment that was sealed
  };
  // Writes what is queued; syncs and seals what is due, or everything. Errors: kIo (what could not
  // be written is counted), kCancelled, kUnavailable.
  async::Task<Result<Turned>> turn(bool everything);

  async::Task<Result<std::vector<SpoolText>>> texts(std::string ns, TimeRange range) override;
  async::Task<Result<std::string>> key_of(std::shared_ptr<SpoolSegment> segment) override;

  struct Upload {
    std::shared_ptr<SpoolSegment> segment{};
    std::string key{};
    SpoolText text{};
  };
  // Segments to be uploaded by the caller, who ends each with done() or release().
  async::Task<Result<std::vector<Upload>>> take(std::size_t limit);
  async::Task<Result<void>> done(std::shared_ptr<SpoolSegment> segment);
  async::Task<Result<void>> release(std::shared_ptr<SpoolSegment> segment);
  async::Task<Result<std::size_t>> left(std::uint64_t counter_max);
  async::Task<Result<std::uint64_t>> forget(std::string ns, std::int64_t until_ns);

  std::shared_ptr<const std::atomic<std::uint64_t>> bytes() const { return spool_->shared_bytes(); }
  void drop(std::string_view reason, std::uint64_t records = 1);
  // Ends the thread; nothing may be asked after it.
  void stop() { thread_.stop(); }

 private:
  // A result of a result, flattened.
  template <class F>
  async::Task<std::invoke_result_t<F&>> on_thread(F work) {
    auto done = co_await thread_.run(std::move(work));
    if (!done) {
      co_return std::unexpected(std::move(done).error());
    }
    co_return std::move(*done);
  }
  Result<Turned> turn_here(bool everything);
  void take_in();
  void prepare(Intake::Record record, std::vector<NewRecord>& out);
  void count_losses();

  Parts parts_;
  std::unique_ptr<Spool> spool_;
  core::Clock::TimePoint synced_at_;
  core::Sample& queries_;
  core::Sample& clicks_;
  async::CpuPool thread_;  // the last one: its work refers to the others
};

}  // namespace layer::features::history
