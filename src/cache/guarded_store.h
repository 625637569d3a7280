// A record store behind a time limit and a breaker (rule H9), with its operations timed. An
// operation beyond its limit is answered kUnavailable and goes on by itself; stop() waits for it.
// While the breaker is open nothing is sent: kStoreUnavailable.
// Thread safety: as RecordStore. The inner store, the clock and the metrics outlive it.
// Cost: a timer an operation, none for a store in this process.
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "cache/breaker.h"
#include "cache/record_store.h"
#include "core/clock.h"
#include "core/metrics.h"

namespace layer::cache {

class GuardedStore final : public RecordStore {
 public:
  struct Limits {
    std::chrono::milliseconds operation{200};  // 0: none
    std::chrono::milliseconds open_for{2000};
  };
  GuardedStore(RecordStore& inner, const core::Clock& clock, core::Metrics& metrics, Limits limits);

  async::Task<Result<std::vector<std::optional<Record>>>> get(std::string set,
                                                              std::vector<std::string> keys,
                                                              BinSet bins) override;
  async::Task<Result<std::vector<PutOutcome>>> put(std::string set, std::vector<Put> puts) override;
  async::Task<Result<void>> remove(std::string set, std::vector<std::string> keys) override;
  async::Task<Result<ScanPage>> scan(std::string set, std::string cursor, std::size_t limit,
                                     BinSet bins) override;
  async::Task<Result<std::uint64_t>> count(std::string set) override;
  async::Task<Result<void>> truncate(std::string set) override;
  async::Task<Result<std::uint64_t>> losses(std::string set) override;
  std::string_view kind() const override { return inner_.kind(); }
  bool shared() const override { return inner_.shared(); }
  std::uint64_t connection_generation() const override { return inner_.connection_generation(); }
  std::optional<StoreUsage> usage() const override { return inner_.usage(); }

  bool open() const { return breaker_.open(clock_.steady()); }
  const Breaker& breaker() const { return breaker_; }
  std::size_t inflight() const { return inflight_->load(std::memory_order_relaxed); }
  // Ends when no operation is in flight. None may be started meanwhile.
  async::Task<> stop();

 private:
  enum class Timed : std::uint8_t { kGet, kPut, kRemove, kScan, kCount, kTruncate, kLosses };
  static constexpr std::size_t kTimed = 7;
  enum class SetKind : std::uint8_t { kDocuments, kFences, kMembers };
  static constexpr std::size_t kSetKinds = 3;

  static SetKind kind_of(std::string_view set);
  void observe(Timed operation, SetKind set, bool ok, double seconds);
  template <class T>
  async::Task<Result<T>> guard(Timed operation, SetKind set, async::Task<Result<T>> work);
  template <class T>
  async::Task<Result<T>> limited(async::Task<Result<T>> work);

  RecordStore& inner_;
  const core::Clock& clock_;
  core::Metrics& metrics_;
  const std::chrono::milliseconds limit_;
  Breaker breaker_;
  std::array<core::SampleSlot, kTimed * kSetKinds * 2> samples_;
  std::shared_ptr<std::atomic<std::size_t>> inflight_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace layer::cache
