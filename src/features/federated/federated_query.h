// One query asked of many namespaces at the same time (rules FQ2 to FQ6 of the contract). What
// fails costs its rows, never the answer, unless the caller wants all or nothing.
// Thread safety: any loop, concurrently; a query stays on its loop. Bounds: `threads` namespaces at
// once, kHeldBytesMax of rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "features/federated/merge.h"
#include "features/federated/namespace_search.h"
#include "features/federated/schema_cache.h"
#include "wire/filter.h"

namespace layer::features::federated {

inline constexpr std::size_t kThreadsDefault = 16;
inline constexpr std::size_t kThreadsMax = 256;
// Rows of all namespaces together, until they are merged.
inline constexpr std::size_t kHeldBytesMax = std::size_t{256} << 20;

struct FederatedPlace {
  std::string name;  // as the caller wrote it
  search::SearchPlace place;
  std::string query;  // JSON
  freshness::ReadCut cut{};
  std::optional<Profile> profile{};
  std::optional<std::int64_t> stable_as_of_ms{};
  std::optional<Error> error{};  // it cannot be asked
};

struct FederatedRun {
  std::vector<FederatedPlace> places{};  // each once
  const wire::Filter* filter = nullptr;  // of the query; null: none. Outlives the run
  bool strict = false;
  std::size_t top_k = 10;
};

struct NamespaceFault {
  std::string ns;
  std::string code;   // as errors of the gateway are called; "filter_schema_mismatch"
  std::string error;  // a sentence
  std::string detail{};
  int status = 0;  // of the store's answer; 0: it is not the store's
};

struct NamespaceFacts {
  std::string ns;
  std::optional<std::int64_t> stable_as_of_ms{};
  std::size_t matched = 0;
};

struct FederatedAnswer {
  std::vector<std::string> rows{};  // JSON objects, in order
  MergeChoice merge{};
  std::string routing{};  // JSON, or empty: the first of the namespaces that tells it
  std::string hybrid{};
  std::vector<NamespaceFacts> namespaces{};  // that answered, in the order asked
  std::vector<NamespaceFault> errors{};      // of the others, in the order asked
  std::string billing{};                     // JSON, summed; or empty
  std::string performance{};
  std::vector<std::string_view> warnings{};
  bool partial = false;  // a namespace failed, or answered in part
  std::uint32_t upstream_calls = 0;
};
using FederatedOutcome = std::variant<FederatedAnswer, pages::StoreReply>;

class FederatedQuery {
 public:
  // All of them outlive the query.
  struct Parts {
    NamespaceSearch& search;
    SchemaCache& schemas;
    std::size_t threads = kThreadsDefault;
  };
  explicit FederatedQuery(Parts parts) : parts_(parts) {}

  // A StoreReply: the refusal of one namespace, of a strict query. At the deadline those that are
  // done are the answer. Errors: kValidation (the query itself; a mismatch or a downgrade of a
  // strict one), kUpstream with "errors" (all namespaces failed), kCancelled; of a strict query,
  // whatever a namespace failed with.
  async::Task<Result<FederatedOutcome>> run(FederatedRun run, async::TimePoint deadline);

 private:
  struct Slot;
  struct Work;
  async::Task<> ask(Work& work, std::size_t number);
  async::Task<Result<search::SearchOutcome>> ask_one(Work& work, Slot& slot, FederatedPlace& place);
  async::Task<Result<void>> check_filter(Work& work, Slot& slot, const FederatedPlace& place);

  Parts parts_;
};

}  // namespace layer::features::federated
