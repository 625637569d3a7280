// Records on a shared Aerospike cluster: the cache kind "aerospike".
//
// Times to live are whole seconds, rounded up, and a record may outlive its own by a second. A
// record larger than the server takes is refused like one there is no room for. An expiry shows in
// losses() when the server reaps the record (its nsup-period).
//
// Thread safety: as RecordStore; start() and stop() once each, on a thread that is not a loop's,
// stop() after the last operation ended and while every loop that ran one still runs.
// Cost: one round trip a call and node, for a set whose place is known.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cache/aerospike/client.h"
#include "cache/aerospike/holds.h"
#include "cache/aerospike/loss_tally.h"
#include "cache/aerospike/scan.h"
#include "cache/aerospike/set_names.h"
#include "cache/record_store.h"

namespace layer::cache::aerospike {

class AerospikeStore final : public RecordStore {
 public:
  // `loop` runs what happens in the background. Log may be null.
  AerospikeStore(Access access, async::Loop& loop, core::Logger* log);
  ~AerospikeStore() override;

  void start();
  void stop();
  // False when no node was found by then.
  async::Task<bool> connected_by(async::TimePoint deadline);

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

  std::string_view kind() const override { return "aerospike"; }
  bool shared() const override { return true; }
  std::uint64_t connection_generation() const override { return cluster_.generation(); }

  // The state of the connection, for health and metrics.
  bool connected() const { return cluster_.connected(); }
  std::string last_error() const { return cluster_.last_error(); }
  std::uint64_t inflight() const { return inflight_.load(std::memory_order_relaxed); }
  // Puts that were refused: the server stops writes, or the record is larger than it takes.
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  async::Task<> release_holds();
  async::Task<Result<void>> put_round(SetPlace place, const std::vector<Put>& puts,
                                      const std::vector<std::size_t>& members,
                                      std::vector<PutOutcome>& outcomes);
  Result<PutOutcome> outcome_of(const SetPlace& place, const Put& put, const WriteCommand& command,
                                const WriteResult& result);
  async::Task<Result<void>> remove_digests(std::string set, std::vector<Digest> digests);
  async::Task<Result<std::uint64_t>> count_shared(SetPlace place);
  async::Task<Result<void>> sweep(SetPlace place);

  Cluster cluster_;
  Client client_;
  SetNames sets_;
  Holds holds_;
  LossTally losses_;
  async::Loop& loop_;
  async::TaskGroup tasks_;
  async::Timer pause_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> inflight_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace layer::cache::aerospike
