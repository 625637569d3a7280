// Randomness good enough for keys and ids. Thread safety: free functions, from any thread.
// The process ends when the system has no randomness to give: a guessable key is worse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace layer::core {

void fill_random(std::span<std::byte> bytes);
std::string random_bytes(std::size_t count);
std::uint64_t random_u64();

// A version 4 UUID, lower case with hyphens.
std::string random_uuid();
// A version 7 UUID: those of a later millisecond compare greater, as bytes and as text.
std::string time_ordered_uuid(std::int64_t wall_ms);
// Whether `text` is a UUID as these print it.
bool is_uuid(std::string_view text);

// Two lower-case digits a byte.
std::string hex(std::string_view bytes);
// Sixteen lower-case digits.
std::string hex(std::uint64_t value);

}  // namespace layer::core
