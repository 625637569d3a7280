// Rows as the store has them now (rule G2 of the contract): one query by id. Thread safety: any
// loop, concurrently; a read stays on its loop. What the arguments refer to outlives the await.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "cache/record_store.h"
#include "features/documents/shape.h"
#include "http/headers.h"
#include "store/vector_store.h"
#include "wire/id.h"

namespace layer::features::documents {

// Ids of one query.
inline constexpr std::size_t kChunkIdsMax = 1000;
// What the rows of one query may take; a single row is at most 64 MiB.
inline constexpr std::uint64_t kChunkBytesMax = std::uint64_t{128} << 20;

enum class Level : std::uint8_t { kStrong, kEventual };

// A namespace in its store, and whose credential opens it.
struct Origin {
  store::VectorStore* store = nullptr;
  std::string physical;
  std::string authorization;  // as store::Call takes it
};

// A completed answer of the store that is no success, to be relayed as it is (rule E1).
struct Refusal {
  int status = 0;
  http::Headers headers{};
  std::string body{};
};
using RefusalPtr = std::shared_ptr<const Refusal>;

struct OriginRows {
  std::vector<cache::Bytes> rows;  // one an id, in their order; null: the store has no such row
  RefusalPtr refusal;              // then there are no rows
  bool shape_is_old = false;       // as in AnswerRows
};

// At most kChunkIdsMax ids, no two the same. Errors: those of VectorStore::send; kUpstream for an
// answer that is not one of rows or too large.
async::Task<Result<OriginRows>> read_origin(const Origin& origin, const Shape& shape,
                                            const std::vector<wire::Id>& ids, Level level,
                                            async::TimePoint deadline, async::CpuPool& pool);

}  // namespace layer::features::documents
