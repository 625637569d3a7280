// A namespace read from its store from beginning to end: its metadata, pages of rows in the order
// of their ids, and their number. Thread safety: one loop; what the constructor is given outlives
// the reader. Errors of all calls: those of VectorStore::send, and kUpstream for answers that
// cannot be used; a refusal of the store keeps its words, kNotFound where there is no such
// namespace, kUpstream otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "features/documents/answer_rows.h"
#include "features/documents/origin.h"
#include "features/documents/shape.h"
#include "features/namespaces/store_metadata.h"

namespace layer::features::warm {

// What one call to the store may take.
inline constexpr std::chrono::seconds kCallTimeMax{60};

class NamespaceReader {
 public:
  NamespaceReader(documents::Origin origin, async::CpuPool& pool)
      : origin_(std::move(origin)), pool_(pool) {}

  // Always the first call.
  async::Task<Result<namespaces::StoreMetadata>> read_metadata();

  // Rows after `after` (nullopt: the first ones), at most `page_size`; fewer than asked means that
  // no more follow, unless `cut_short`: the page would have been too large and is smaller.
  struct Page {
    std::vector<documents::AnswerRow> rows{};
    bool cut_short = false;
  };
  async::Task<Result<Page>> read_page(std::optional<wire::Id> after, std::size_t page_size);

  async::Task<Result<std::uint64_t>> count();

 private:
  struct Cut {
    documents::AnswerRows rows{};
    bool too_large = false;
  };
  store::Call query(std::string body) const;
  async::Task<Result<Cut>> read_rows(const std::optional<wire::Id>& after, std::size_t page_size);

  documents::Origin origin_;
  async::CpuPool& pool_;
  std::optional<documents::Shape> shape_;
};

}  // namespace layer::features::warm
