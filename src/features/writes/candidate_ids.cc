#include "features/writes/candidate_ids.h"

#include "core/limits.h"
#include "features/writes/shard.h"

namespace layer::features::writes {

std::vector<wire::Id> candidate_ids(const wire::Id& written, std::optional<wire::IdType> type) {
  if (const auto* number = std::get_if<std::uint64_t>(&written)) {
    if (type == wire::IdType::kUint) {
      return {*number};
    }
    return {*number, std::to_string(*number)};
  }
  const std::string text = wire::to_string(written);
  const auto uuid = wire::parse_uuid(text);
  if (type == wire::IdType::kUuid && uuid) {
    return {*uuid};
  }
  std::vector<wire::Id> out;
  if (text.size() <= core::limits::id_bytes_max) {
    out.emplace_back(text);
  }
  if (type == wire::IdType::kString) {
    return out;
  }
  if (uuid) {
    out.emplace_back(*uuid);
  }
  if (const auto number = uint_id(text)) {
    out.emplace_back(*number);
  }
  return out;
}

}  // namespace layer::features::writes
