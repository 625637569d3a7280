#include "cache/cache_keys.h"

#include <charconv>

#include "core/limits.h"
#include "core/random.h"

#include <xxhash.h>

namespace layer::cache {
namespace {

constexpr char kSeparator = '/';
// Longer names give way to their hash, so that every key fits.
constexpr std::size_t kStoreBytesMax = 128;
static_assert(kStoreBytesMax + core::limits::id_bytes_max + 8 <= kKeyBytesMax);

char tag(wire::IdType type) {
  switch (type) {
    case wire::IdType::kUint:
      return 'u';
    case wire::IdType::kUuid:
      return 'g';
    case wire::IdType::kString:
      return 's';
  }
  return 's';
}

std::string store_part(std::string_view store) {
  return store.size() <= kStoreBytesMax ? std::string(store)
                                        : "#" + core::hex(XXH3_64bits(store.data(), store.size()));
}

}  // namespace

std::string documents_set(std::string_view prefix, std::string_view ns) {
  return std::string(prefix).append(ns);
}

std::string fences_set(std::string_view ns) {
  return std::string("fence_").append(ns);
}

std::string fence_key(std::string_view store) {
  return "fence/" + store_part(store);
}

std::string certificate_key(std::string_view store) {
  return "cert/" + store_part(store);
}

std::optional<std::string> row_key(std::string_view store, const wire::Id& id) {
  const std::string text = wire::to_string(id);
  if (text.size() > core::limits::id_bytes_max) {
    return std::nullopt;
  }
  std::string key = store_part(store);
  key += kSeparator;
  key += tag(wire::type_of(id));
  key += text;
  return key;
}

std::optional<wire::Id> id_of_key(std::string_view store, std::string_view key) {
  const std::string prefix = store_part(store) + kSeparator;
  if (!key.starts_with(prefix) || key.size() <= prefix.size()) {
    return std::nullopt;
  }
  const char kind = key[prefix.size()];
  const std::string_view text = key.substr(prefix.size() + 1);
  if (kind == 's') {
    return wire::Id(std::string(text));
  }
  if (kind == 'g') {
    const auto uuid = wire::parse_uuid(text);
    return uuid ? std::optional<wire::Id>(*uuid) : std::nullopt;
  }
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (kind != 'u' || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return wire::Id(number);
}

}  // namespace layer::cache
