#include "cache/aerospike/partition_map.h"

#include <algorithm>

#include <fmt/format.h>

#include "cache/aerospike/info.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::size_t kBitmapBytes = kPartitions / 8;
constexpr std::size_t kBase64Bytes = (kBitmapBytes + 2) / 3 * 4;

std::unexpected<Error> corrupt(std::string_view why) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("the server's partition map cannot be read: {}", why));
}

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  if (c == '+') {
    return 62;
  }
  return c == '/' ? 63 : -1;
}

// The first partition is the highest bit of the first byte, so the bits of the text, in their
// order, are the partitions in theirs.
Result<PartitionSet> parse_bitmap(std::string_view text) {
  if (text.size() != kBase64Bytes) {
    return corrupt(
        fmt::format("its bitmap has {} letters instead of {}", text.size(), kBase64Bytes));
  }
  while (text.ends_with('=') && text.size() > kBase64Bytes - 2) {
    text.remove_suffix(1);
  }
  PartitionSet found;
  std::size_t partition = 0;
  for (const char letter : text) {
    const int bits = sextet(letter);
    if (bits < 0) {
      return corrupt("its bitmap is not base64");
    }
    for (int bit = 5; bit >= 0 && partition < kPartitions; --bit, ++partition) {
      found[partition] = ((bits >> bit) & 1) != 0;
    }
  }
  return found;
}

}  // namespace

Result<OwnedPartitions> parse_replicas(std::string_view text, std::string_view ns) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!one.starts_with(ns) || !one.substr(ns.size()).starts_with(':')) {
      continue;
    }
    const std::string_view map = one.substr(ns.size() + 1);
    const std::size_t first = map.find(',');
    const std::size_t second = first == std::string_view::npos ? first : map.find(',', first + 1);
    if (second == std::string_view::npos) {
      return corrupt("it has no bitmap");
    }
    const auto regime = parse_number(map.substr(0, first));
    if (!regime) {
      return corrupt("its regime is not a number");
    }
    const std::string_view maps = map.substr(second + 1);
    LAYER_ASSIGN(const PartitionSet masters,
                 parse_bitmap(maps.substr(0, std::min(maps.find(','), maps.size()))));
    return OwnedPartitions{.regime = *regime, .masters = masters};
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("the Aerospike server has no namespace '{}'; set AEROSPIKE_NAMESPACE to "
                          "one it has",
                          ns));
}

}  // namespace layer::cache::aerospike
