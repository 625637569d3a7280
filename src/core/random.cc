#include "core/random.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace layer::core {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kUuidBytes = 16;
constexpr std::array<std::size_t, 4> kHyphens{8, 13, 18, 23};  // their places in the text

// RFC 9562: the version in the high half of byte 6, the variant in the top two bits of byte 8.
std::string print_uuid(std::string bytes, unsigned version) {
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | (version << 4));
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string text = hex(bytes);
  for (const std::size_t at : kHyphens) {
    text.insert(at, 1, '-');
  }
  return text;
}

}  // namespace

void fill_random(std::span<std::byte> bytes) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) !=
      1) {
    std::fputs("the system gives no random bytes\n", stderr);
    std::abort();
  }
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_random(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  fill_random(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::string random_uuid() {
  return print_uuid(random_bytes(kUuidBytes), 4);
}

std::string time_ordered_uuid(std::int64_t wall_ms) {
  std::string bytes = random_bytes(kUuidBytes);
  for (std::size_t i = 0; i < 6; ++i) {  // 48 bits of milliseconds, the highest byte first
    bytes[i] = static_cast<char>(static_cast<std::uint64_t>(wall_ms) >> (8 * (5 - i)));
  }
  return print_uuid(std::move(bytes), 7);
}

bool is_uuid(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = std::ranges::find(kHyphens, i) != kHyphens.end();
    if (hyphen ? text[i] != '-' : !kDigits.contains(text[i])) {
      return false;
    }
  }
  return text.size() == 2 * kUuidBytes + kHyphens.size();
}

std::string hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0F];
  }
  return text;
}

std::string hex(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

}  // namespace layer::core
