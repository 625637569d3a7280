#include "gateway/copy_branch.h"

#include <algorithm>
#include <utility>

#include "features/capabilities/report.h"
#include "features/namespaces/copy_sources.h"

namespace layer::gateway {
namespace {

namespace capabilities = features::capabilities;
constexpr std::string_view kCopy = "copy_from_namespace";
constexpr std::string_view kBranch = "branch_from_namespace";

}  // namespace

bool CopyBranch::concerns(std::string_view ns) const {
  const auto table = router_.table();
  const auto target = table->find(ns);
  return !target || !table->elsewhere().empty() ||
         !capabilities::refuse_unsupported(kCopy, *target->store, deployment_) ||
         !capabilities::refuse_unsupported(kBranch, *target->store, deployment_);
}

Result<std::optional<std::string>> CopyBranch::prepare(std::string_view ns,
                                                       std::string_view body) const {
  const auto table = router_.table();
  LAYER_ASSIGN(const auto target, table->find(ns));
  LAYER_ASSIGN(auto sources, features::namespaces::map_copy_sources(body, *table, target));
  if (sources.copies) {
    LAYER_TRY(capabilities::refuse_unsupported(kCopy, *target.store, deployment_));
  }
  if (sources.branches) {
    LAYER_TRY(capabilities::refuse_unsupported(kBranch, *target.store, deployment_));
  }
  return std::move(sources.body);
}

}  // namespace layer::gateway
