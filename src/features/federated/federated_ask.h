// The body of a federated query, checked (rules FQ1 and FQ2 of the contract). Thread safety: plain
// values, pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/freshness/read_after.h"
#include "wire/filter.h"

namespace layer::features::federated {

inline constexpr std::size_t kNamespacesMaxDefault = 512;
// Of a request's names above the limit so many are listed in the error.
inline constexpr std::size_t kExcessListedMax = 512;

struct FederatedAsk {
  std::vector<std::string> namespaces{};  // in the order written, each once; empty with `all`
  bool all = false;                       // every namespace of the default store that is granted
  bool strict = false;
  std::size_t top_k = 10;
  std::size_t per_namespace_limit = 20;
  std::string query{};  // what each namespace is asked: JSON, with its top_k
  std::optional<wire::Filter> filter{};
  std::optional<freshness::ReadLevel> level{};  // none: what each namespace's Index says
};

// Errors: kValidation with "details".
Result<FederatedAsk> parse_ask(std::string_view body, std::size_t namespaces_max);

// 422 that lists what lies beyond `namespaces_max`. Precondition: names are more than that.
Error too_many_namespaces(const std::vector<std::string>& names, std::size_t namespaces_max);

}  // namespace layer::features::federated
