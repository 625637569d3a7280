#include "cache/aerospike/record.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "core/random.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::array<std::string_view, kBinCount> kBinNames{"h", "b", "v", "o"};

std::optional<std::size_t> bin_index(std::string_view name) {
  const auto at = std::ranges::find(kBinNames, name);
  if (at == kBinNames.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(at - kBinNames.begin());
}

}  // namespace

std::string_view bin_name(Bin bin) {
  return kBinNames[static_cast<std::size_t>(bin)];
}

std::uint64_t draw_nonce() {
  return std::max<std::uint64_t>(core::random_u64() & kNonceMax, 1);
}

std::uint32_t ttl_seconds(std::chrono::milliseconds ttl) {
  if (ttl > std::chrono::seconds(kTtlMax)) {
    return kTtlNever;
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(ttl).count();
  return static_cast<std::uint32_t>(std::max<std::int64_t>(seconds, 1));
}

Result<Record> record_of(const Message& message) {
  Record record;
  std::uint64_t nonce = 0;
  for (const BinView& bin : message.bins) {
    if (bin.name == kNonceBin && bin.type == Particle::kInteger &&
        bin.value.size() == sizeof nonce) {
      nonce = Reader(bin.value).number<std::uint64_t>();
    } else if (const auto index = bin_index(bin.name); index && bin.type == Particle::kBlob) {
      record.bins[*index] = std::make_shared<const std::string>(bin.value);
    }
  }
  if (nonce == 0 || nonce > kNonceMax) {
    return fail(ErrorCode::kCorrupt,
                "a record in the shared cache was written by something else: it has no version");
  }
  record.version = version_of(nonce, message.generation);
  return record;
}

}  // namespace layer::cache::aerospike
