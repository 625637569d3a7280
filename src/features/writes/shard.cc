#include "features/writes/shard.h"

#include <charconv>
#include <string>
#include <variant>

#include <xxhash.h>

#include "core/limits.h"

namespace layer::features::writes {
namespace {

std::uint32_t shard_of_canonical(std::string_view text, std::uint32_t shard_count) {
  return static_cast<std::uint32_t>(XXH64(text.data(), text.size(), 0) % shard_count);
}

}  // namespace

std::uint32_t shard_of(const wire::Id& id, std::uint32_t shard_count) {
  return shard_of_canonical(wire::to_string(id), shard_count);
}

std::optional<std::uint64_t> uint_id(std::string_view digits) {
  std::uint64_t id = 0;
  const char* const stop = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), stop, id);
  if (error != std::errc() || end != stop) {
    return std::nullopt;
  }
  return id;
}

std::optional<std::uint32_t> shard_of_text(std::string_view text, std::optional<wire::IdType> type,
                                           std::uint32_t shard_count) {
  if (type == wire::IdType::kUint || text.size() > core::limits::id_bytes_max) {
    return std::nullopt;
  }
  if (type == wire::IdType::kString) {
    return shard_of_canonical(text, shard_count);
  }
  if (const auto uuid = wire::parse_uuid(text)) {
    const std::string canonical = wire::to_string(*uuid);
    if (type || canonical == text) {
      return shard_of_canonical(canonical, shard_count);
    }
    return std::nullopt;
  }
  return type ? std::nullopt : std::optional(shard_of_canonical(text, shard_count));
}

}  // namespace layer::features::writes
