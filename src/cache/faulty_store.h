// A record store that fails, is late, forgets or damages records by plan: what the world does to
// the others. For tests. Thread safety: as RecordStore, if the plan is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "cache/record_store.h"

namespace layer::cache {

enum class Operation : std::uint8_t { kGet, kPut, kRemove, kScan, kCount, kTruncate, kLosses };

struct Fault {
  enum class Kind : std::uint8_t {
    kNone,
    kBefore,  // nothing was done, an error
    kAfter,   // it was done, and an error
    kLate,    // an error now; it is done `late` afterwards (put, remove, truncate; else as kBefore)
    kDrop,    // done, then the records of the call are lost: losses() rises (get: lost before it)
    kCorrupt,  // the bins that get and scan answer have wrong bytes (others: as kNone)
  };
  Kind kind = Kind::kNone;
  async::Duration delay{};  // before anything else
  async::Duration late{};   // of kLate
  ErrorCode code = ErrorCode::kUnavailable;
};

// Chances in thousandths; the rest is kNone.
struct RandomFaults {
  unsigned before = 0;
  unsigned after = 0;
  unsigned late = 0;
  unsigned drop = 0;  // never of a held record by itself: leave it 0 where holds matter
  unsigned corrupt = 0;
  unsigned delayed = 0;         // in addition to any of these
  async::Duration delay_max{};  // of `delayed` and of kLate
};

class FaultyStore final : public RecordStore {
 public:
  // Asked once an operation; `key` is the first one, or empty.
  using Plan =
      std::function<Fault(Operation operation, std::string_view set, std::string_view key)>;

  // The same sequence for the same seed, if the operations come in the same order.
  static Plan random_plan(std::uint64_t seed, RandomFaults chances);

  FaultyStore(RecordStore& inner, Plan plan);
  ~FaultyStore() override;  // precondition: what is late was awaited (settle)

  // From now on the records are those of `other`, as after a restart from older data; the
  // connection's generation rises.
  void restart_with(RecordStore& other);
  // Ends when nothing is late any more.
  async::Task<> settle();

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

  std::string_view kind() const override { return inner().kind(); }
  bool shared() const override { return inner().shared(); }
  std::uint64_t connection_generation() const override {
    return inner().connection_generation() + restarts_.load();
  }

 private:
  using Work = std::function<async::Task<Result<void>>()>;

  RecordStore& inner() const { return *inner_.load(std::memory_order_acquire); }
  // `make()` starts the inner operation; null `again`: it cannot be late.
  template <class T>
  async::Task<Result<T>> suffer(Fault fault, std::function<async::Task<Result<T>>()> make,
                                Work again);
  async::Task<> lose(std::string set, std::vector<std::string> keys);

  std::atomic<RecordStore*> inner_;
  const Plan plan_;
  std::atomic<std::uint64_t> restarts_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::shared_ptr<std::atomic<std::size_t>> late_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace layer::cache
