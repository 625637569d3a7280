// Counting the values of fields in the store, at one cut (rules SN2 and SN3 of the contract): up to
// four aggregations are one query of several, so that what they say is of one state of the store.
// A store that asks to wait is waited for. Fields that the store does not count, and those with as
// many groups as one answer holds, are counted row by row. Thread safety: one loop; what the
// constructor is given outlives the counter. Errors of all: those of VectorStore::send; kNotFound
// where there is no such namespace; kUpstream for answers that cannot be used.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "features/documents/origin.h"
#include "features/namespaces/store_metadata.h"
#include "features/pages/store_query.h"
#include "features/snapshots/body.h"

namespace layer::features::snapshots {

// What the values of one run may take in memory.
inline constexpr std::size_t kRunBytesMax = std::size_t{64} << 20;

class OriginCounter {
 public:
  // `stopping`: whether the work is to end, asked before each call.
  OriginCounter(documents::Origin origin, async::CpuPool& pool, std::function<bool()> stopping,
                std::size_t page_size = 1000)
      : origin_(std::move(origin)),
        pool_(pool),
        stopping_(std::move(stopping)),
        page_size_(page_size) {}

  struct Known {
    namespaces::StoreMetadata metadata{};
    bool stamped = false;  // rows have the time of their last write
  };
  async::Task<Result<Known>> read_metadata();

  // Of `fields`, among the rows that `filter` (JSON text; empty: all) lets pass. Values and row
  // count of the result are set, and what was skipped; the rest is the caller's.
  async::Task<Result<Body>> count(const namespaces::StoreMetadata& metadata,
                                  std::vector<std::string> fields, std::string filter);
  async::Task<Result<std::uint64_t>> count_rows(std::string filter);

 private:
  struct Field {
    std::string name;
    bool array = false;
  };
  // What a refusal or too large an answer leaves open.
  enum class Outcome : std::uint8_t { kDone, kRefused, kTooLarge };

  async::Task<Result<Outcome>> count_together(std::vector<Field> fields, std::string filter,
                                              Body& body);
  async::Task<Result<void>> count_some(std::vector<Field> fields, const std::string& filter,
                                       Body& body);
  // nullopt: the answer is too large.
  async::Task<Result<std::optional<pages::StoreReply>>> ask(std::string queries);
  Result<void> keep(std::string_view answer, const std::vector<Field>& fields, bool rows,
                    Body& body);

  documents::Origin origin_;
  async::CpuPool& pool_;
  std::function<bool()> stopping_;
  const std::size_t page_size_;
  std::vector<std::string> row_by_row_{};
  std::size_t bytes_ = 0;
};

}  // namespace layer::features::snapshots
