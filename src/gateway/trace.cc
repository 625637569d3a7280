#include "gateway/trace.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

namespace layer::gateway {
namespace {

constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceBytes = 32;
constexpr std::size_t kParentAt = 36;
constexpr std::size_t kParentBytes = 16;
constexpr std::size_t kFlagsAt = 53;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

// SplitMix64 (Steele, Lea, Flood, 2014), seeded once a thread by the system.
std::uint64_t random_bits() {
  thread_local std::uint64_t state = [] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
  }();
  std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

void print_hex(char* out, std::uint64_t bits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int i = 15; i >= 0; --i) {
    out[i] = kDigits[bits & 15U];
    bits >>= 4U;
  }
}

}  // namespace

std::optional<Trace> Trace::parse(std::string_view text) {
  if (text.size() < kBytes || (text.starts_with("00") && text.size() != kBytes) ||
      (text.size() > kBytes && text[kBytes] != '-')) {
    return std::nullopt;
  }
  const std::string_view version = text.substr(0, 2);
  const bool dashes = text[2] == '-' && text[kParentAt - 1] == '-' && text[kFlagsAt - 1] == '-';
  if (!dashes || !is_hex(version) || version == "ff" ||
      !is_id(text.substr(kTraceAt, kTraceBytes)) || !is_id(text.substr(kParentAt, kParentBytes)) ||
      !is_hex(text.substr(kFlagsAt, 2))) {
    return std::nullopt;
  }
  Trace trace;
  std::memcpy(trace.text_.data(), text.data(), kBytes);
  return trace;
}

Trace Trace::mint() {
  Trace trace;
  char* const out = trace.text_.data();
  std::memcpy(out, "00-", 3);
  print_hex(out + kTraceAt, random_bits());
  // Setting a bit keeps either id from being all zero.
  print_hex(out + kTraceAt + 16, random_bits() | 1U);
  out[kParentAt - 1] = '-';
  print_hex(out + kParentAt, random_bits() | 1U);
  std::memcpy(out + kFlagsAt - 1, "-01", 3);
  trace.minted_ = true;
  return trace;
}

Trace Trace::of(const http::Headers& headers) {
  const auto given = headers.find("traceparent");
  if (!given || headers.count("traceparent") != 1) {
    return mint();
  }
  const auto valid = parse(*given);
  return valid ? *valid : mint();
}

}  // namespace layer::gateway
