// GET /v2/namespaces (rule M1 of the contract): the names of the default store with what each
// store's metadata says of them. Namespaces that callers know under another name than the default
// store does, or that lie in another store, come from their Index objects and follow the last page
// of the store's names, so that each appears once.
// Thread safety: list() on any loop, concurrently. Cost: one list call and one metadata call a
// name, 16 at a time; nothing for an answer that is less than 10 s old. Those who ask for the same
// list at the same time wait for one answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/flights.h"
#include "features/freshness/stability.h"
#include "features/namespaces/list_cache.h"
#include "features/namespaces/list_entry.h"
#include "features/namespaces/routing.h"
#include "store/vector_store.h"

namespace layer::features::namespaces {

inline constexpr std::uint32_t kListPageSizeMax = 1000;
inline constexpr std::uint32_t kListPageSizeDefault = 100;
inline constexpr std::size_t kListMetadataCallsMax = 16;     // at once, of one list
inline constexpr std::size_t kListParameterBytesMax = 4096;  // prefix, cursor

// Whether the list shows this namespace.
using MayRead = std::function<bool(const store::VectorStore& store, std::string_view logical)>;

struct ListQuery {
  std::string prefix{};
  std::string cursor{};  // of an earlier page; empty: the first
  std::uint32_t page_size = kListPageSizeDefault;
  // Tells apart callers that may_read() treats differently.
  std::string grant{};
  async::TimePoint deadline = async::TimePoint::max();
};

// A page_size as it stands in a query string; empty: the default. Errors: kValidation.
Result<std::uint32_t> parse_page_size(std::string_view text);

class NamespaceList {
 public:
  struct Parts {
    const Router& router;
    freshness::StabilitySource& stability;
    const core::Clock& clock;
    CacheLook cache{};  // empty: there is none
  };
  // What the parts refer to outlives the list.
  explicit NamespaceList(Parts parts, ListCache::Options cache = {});

  // 200 with {"namespaces":[...],"next_cursor"?}, or the answer the store refused its list with.
  // Errors: kValidation (parameters too long), those of VectorStore::send, kUpstream.
  async::Task<Result<store::Answer>> list(ListQuery query, const MayRead& may_read);

 private:
  struct Page;
  // An answer for all who wait for it.
  struct Made {
    int status = 200;
    http::Headers headers{};
    std::shared_ptr<const std::string> body{};
  };
  static store::Answer to_answer(const Made& made);
  async::Task<Result<Made>> make(const ListQuery& query, const MayRead& may_read);
  async::Task<Result<std::optional<store::Answer>>> add_names_of_store(const ListQuery& query,
                                                                       const MayRead& may_read,
                                                                       Page& page);
  void add_elsewhere(const ListQuery& query, const MayRead& may_read, Page& page);
  async::Task<> read_metadata(Page& page, async::TimePoint deadline);
  std::string print(const Page& page);

  Parts parts_;
  ListCache cache_;
  async::Flights<Result<Made>> flights_;
};

}  // namespace layer::features::namespaces
