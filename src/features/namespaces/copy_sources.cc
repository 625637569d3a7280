#include "features/namespaces/copy_sources.h"

#include <vector>

#include <fmt/format.h>

#include "core/text.h"
#include "features/namespaces/slices.h"
#include "json/splice.h"

namespace layer::features::namespaces {
namespace {

constexpr std::string_view kCopy = "copy_from_namespace";
constexpr std::string_view kBranch = "branch_from_namespace";

// The places of the source's names: the value itself, or the members of that name in an object.
std::vector<Slice> names_in(std::string_view body, const Slice& value) {
  if (value.token == json::Token::kString) {
    return {value};
  }
  std::vector<Slice> names;
  for (const Member& member : members_of(value.of(body))) {
    const bool given = member.value.token != json::Token::kNull;
    if (given && (member.name == "source_api_key" || member.name == "source_region")) {
      return {};
    }
    if (member.name == "source_namespace" && member.value.token == json::Token::kString) {
      names.push_back({.token = member.value.token,
                       .begin = value.begin + member.value.begin,
                       .end = value.begin + member.value.end});
    }
  }
  return names;
}

Error across_stores(std::string_view source, const Route& from, const Route& to) {
  return {.code = ErrorCode::kBranchAcrossStores,
          .message = fmt::format("namespace '{}' lies in store '{}' and '{}' in store '{}': rows "
                                 "are copied within one store only",
                                 source, from.store->name(), to.logical, to.store->name())};
}

}  // namespace

Result<CopySources> map_copy_sources(std::string_view body, const RoutingTable& table,
                                     const Route& target) {
  CopySources sources;
  std::vector<json::Replacement> replacements;
  for (const Member& member : members_of(body)) {
    if ((member.name != kCopy && member.name != kBranch) ||
        member.value.token == json::Token::kNull) {
      continue;
    }
    sources.copies |= member.name == kCopy;
    sources.branches |= member.name == kBranch;
    for (const Slice& place : names_in(body, member.value)) {
      const auto source = string_of(place.of(body));
      LAYER_ASSIGN(const Route route, table.find(source));
      if (route.store != target.store) {
        return std::unexpected(across_stores(source, route, target));
      }
      if (route.renamed(source)) {
        replacements.push_back(
            {.begin = place.begin, .end = place.end, .text = core::json_string(route.physical)});
      }
    }
  }
  if (!replacements.empty()) {
    sources.body = json::replace_ranges(body, replacements);
  }
  return sources;
}

}  // namespace layer::features::namespaces
