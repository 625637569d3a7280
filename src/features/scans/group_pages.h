// Values of a field as the store groups them (rule SC4 of the contract): pages of as many groups as
// one answer holds, in the order of the values, each beginning after the last. Groups of an array
// are its elements and come in one page or not at all. Thread safety: one loop; what the
// constructor is given outlives the reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/scans/row_set.h"
#include "features/scans/scan_lines.h"

namespace layer::features::scans {

inline constexpr std::size_t kGroupsMax = 10'000;  // of one answer

struct GroupPage {
  std::vector<ValueCount> values{};  // without the group of rows that have none
  std::uint64_t rows = 0;            // of all groups; of an array, its elements
  std::string next_after{};          // JSON text; empty: there are no more groups
};

class GroupPages {
 public:
  GroupPages(const RowSet& rows, std::string field, bool array, async::CpuPool& pool)
      : rows_(rows), field_(std::move(field)), array_(array), pool_(pool) {}

  // Groups greater than `after` (JSON text; empty: the first ones). nullopt: the store does not
  // group this field, or there are more elements than one answer holds. Errors: those of
  // query_store(), kUpstream.
  async::Task<Result<std::optional<GroupPage>>> read(std::string after, async::TimePoint deadline);

 private:
  std::string body(const std::string& after) const;

  const RowSet& rows_;
  const std::string field_;
  const bool array_;
  async::CpuPool& pool_;
};

// One answer, read. Errors: kUpstream.
Result<GroupPage> parse_groups(std::string_view answer, std::string_view field, bool array);

}  // namespace layer::features::scans
