#include "features/legs/shard_plan.h"

#include <charconv>
#include <numeric>

#include "features/namespaces/slices.h"

namespace layer::features::legs {
namespace {

using json::Token;

// False: no id, or one that the store may read in more than one way.
bool add_id(std::vector<wire::Id>& ids, std::string_view json) {
  if (json.starts_with('"')) {
    std::string text = namespaces::string_of(json);
    if (const auto uuid = wire::parse_uuid(text)) {
      ids.emplace_back(*uuid);
    }
    ids.emplace_back(std::move(text));
    return true;
  }
  std::uint64_t number = 0;
  const char* const end = json.data() + json.size();
  const auto [rest, fault] = std::from_chars(json.data(), end, number);
  if (rest != end || fault != std::errc()) {
    return false;
  }
  ids.emplace_back(number);
  return true;
}

std::optional<std::vector<wire::Id>> ids_of_leaf(std::string_view operation,
                                                 std::string_view operand) {
  std::vector<wire::Id> ids;
  if (operation == "Eq") {
    return add_id(ids, operand) ? std::optional(std::move(ids)) : std::nullopt;
  }
  if (operation != "In" || !operand.starts_with('[')) {
    return std::nullopt;
  }
  for (const namespaces::Slice& item : namespaces::items_of(operand)) {
    if (!add_id(ids, item.of(operand))) {
      return std::nullopt;
    }
  }
  return ids;
}

}  // namespace

std::optional<std::vector<wire::Id>> required_ids(std::string_view filter) {
  const auto items = namespaces::items_of(filter);
  if (items.size() < 2 || items[0].token != Token::kString) {
    return std::nullopt;
  }
  const std::string first = namespaces::string_of(items[0].of(filter));
  if (first == "And" && items.size() == 2) {
    const std::string_view parts = items[1].of(filter);
    for (const namespaces::Slice& part : namespaces::items_of(parts)) {
      if (auto ids = required_ids(part.of(parts))) {
        return ids;
      }
    }
    return std::nullopt;
  }
  if (first != "id" || items.size() != 3) {
    return std::nullopt;
  }
  return ids_of_leaf(namespaces::string_of(items[1].of(filter)), items[2].of(filter));
}

std::vector<std::uint32_t> shards_to_read(const std::vector<Leg>& legs, std::uint32_t count) {
  std::vector<wire::Id> ids;
  for (const Leg& leg : legs) {
    auto required = required_ids(leg.filters);
    if (!required) {
      std::vector<std::uint32_t> all(count);
      std::iota(all.begin(), all.end(), 0U);
      return all;
    }
    ids.insert(ids.end(), required->begin(), required->end());
  }
  return shards::shards_of(ids, count);
}

}  // namespace layer::features::legs
