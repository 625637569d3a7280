// Fences of one write: raised before the store is called, settled after (rules H2 to H5, H7, W9).
// Thread safety: one task at a time. Cost: a write of up to kBatchMax rows takes three calls of the
// record store to raise and two to settle; rows of other writers cost another round.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cache/cache_core.h"
#include "cache/document_cache.h"

namespace layer::cache {

// More rows than this are fenced with their whole namespace.
inline constexpr std::size_t kFencedRowsMax = 100'000;
// More affected ids than this raise the generation instead.
inline constexpr std::size_t kAffectedIdsMax = 100'000;

class FenceOfWrite final : public WriteFence {
 public:
  FenceOfWrite(CacheCore& core, CachedNamespace ns, FenceScope scope, async::TimePoint deadline);

  // May be tried again when it failed.
  async::Task<Result<void>> raise();
  // From now on the write is on its own: who settles it raises the generation, or the epoch.
  void give_up() { unfenced_ = true; }

  // Gives up what is cached of the namespace. Ends when that is so for every reader; false: as
  // nobody reads this cache before its epoch has risen. `open_until_ms`: and once more then.
  async::Task<bool> raise_generation(std::string_view reason, std::int64_t open_until_ms = 0);

  bool wants_affected_ids() const override { return wants_affected_; }
  async::Task<bool> applied(core::Stamp stamp,
                            std::optional<std::vector<wire::Id>> affected) override;
  async::Task<bool> refused() override;
  async::Task<bool> outcome_unknown() override;

 private:
  struct Row {
    FencedRow row;
    std::string key;
    RecordHead head{};                       // as it was put, with the own lease
    std::optional<std::uint64_t> version{};  // of that put
    std::optional<RecordHead> before{};      // what was there, if it could be served
    Bytes base{};                            // its body, if read
    bool alone = false;                      // no other write was in flight
  };
  enum class Settling : std::uint8_t { kDone, kAway, kStuck };
  using Rows = std::vector<std::size_t>;

  void take_rows(std::vector<FencedRow> rows);
  async::Task<Result<void>> open_namespace();
  async::Task<Result<void>> raise_rows(NamespaceState state);
  async::Task<Result<Rows>> raise_batch(std::uint64_t generation, bool keeps, Rows batch);

  // What becomes of a row whose write is over: nullopt, it is not known.
  struct Outcome {
    RecordHead head;
    Bytes body;
  };
  std::optional<Outcome> outcome(const Row& row, core::Stamp stamp,
                                 const std::optional<std::vector<wire::Id>>& affected) const;
  Put settled_put(const Row& row, std::optional<Outcome> outcome) const;
  Put released_put(const Row& row, const RowRecord& found, std::int64_t extend_to) const;
  // `first` makes the put of a row that nobody touched. `extend_to`: the lease goes on until then.
  // `must`: a cache that does not answer is waited for, or given up (rule H8).
  async::Task<Settling> settle_rows(std::function<Put(const Row&)> first, std::int64_t extend_to,
                                    bool must);
  async::Task<Result<Rows>> settle_batch(const std::function<Put(const Row&)>& first, Rows batch,
                                         bool touched, std::int64_t extend_to);
  async::Task<Result<void>> invalidate(std::vector<wire::Id> ids);
  async::Task<bool> close_namespace(std::optional<std::vector<wire::Id>> affected);
  std::int64_t later_ms(std::chrono::milliseconds time) const;

  CacheCore& core_;
  const CachedNamespace ns_;
  const std::string set_;
  const bool whole_;
  const bool opaque_;
  const Lease lease_;
  bool unfenced_ = false;
  bool opened_ = false;
  bool wants_affected_ = false;
  bool fill_allowed_ = false;
  std::uint64_t connection_ = 0;  // the record store's generation when the fence was raised
  std::uint64_t epoch_ = 0;
  NamespaceState state_{};  // as it was when the rows were fenced
  std::vector<Row> rows_;
};

}  // namespace layer::cache
