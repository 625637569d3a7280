// Rows of a namespace in the order of their ids, page by page (rule Z4 of the contract): what
// scans, exports, snapshots and warms read with. Thread safety: one loop; what the constructor is
// given outlives the reader.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "features/documents/answer_rows.h"
#include "features/documents/origin.h"
#include "features/documents/shape.h"

namespace layer::features::pages {

inline constexpr std::size_t kPageRowsMax = 10'000;

struct PageQuery {
  std::string filter{};  // JSON text; empty: all rows. Shard, cut and time range are in it
  documents::Level level = documents::Level::kStrong;
  std::size_t page_size = 1000;  // 1 to kPageRowsMax
  // What comes with the ids.
  enum class Columns : std::uint8_t { kNone, kSome, kAll, kAllAndVectors };
  Columns columns = Columns::kNone;
  std::vector<std::string> names{};  // of kSome; vectors among them come as well
  std::chrono::seconds call_time_max{60};
};

struct Page {
  std::vector<documents::AnswerRow> rows{};  // attributes: "{}" with kNone
  // Where the next page begins; nullopt: there are no more rows.
  std::optional<wire::Id> next_after{};
};

class RowPages {
 public:
  // No shape: it is read from the store's metadata before the first page.
  RowPages(documents::Origin origin, documents::ShapePtr shape, PageQuery query,
           async::CpuPool& pool);

  // Rows with ids greater than `after` (nullopt: the first ones). A page that would be too large is
  // read in smaller ones. Errors: those of VectorStore::send, kUpstream for answers that cannot be
  // used; a refusal of the store keeps its words, kNotFound where there is no such namespace. A 429
  // is waited out as the store says, for as long as `deadline` allows, then it is an error.
  async::Task<Result<Page>> read(std::optional<wire::Id> after, async::TimePoint deadline);

 private:
  struct Cut {
    documents::AnswerRows rows{};
    bool too_large = false;
  };
  async::Task<Result<void>> read_shape(async::TimePoint deadline);
  async::Task<Result<Cut>> read_rows(const std::optional<wire::Id>& after, std::size_t page_size,
                                     async::TimePoint deadline);
  std::string body(const std::optional<wire::Id>& after, std::size_t page_size) const;
  bool keeps_vectors() const;

  documents::Origin origin_;
  documents::ShapePtr shape_;
  PageQuery query_;
  std::string members_;    // of the query's body, all but filter and size
  std::size_t page_size_;  // smaller than asked for once a page was too large
  async::CpuPool& pool_;
};

}  // namespace layer::features::pages
