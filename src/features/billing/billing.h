// What a store says an answer is billed for (sections 6 and 20 of the store's wire): the member
// `billing` of the answers to queries and writes.
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace layer::features::billing {

struct Billing {
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_queried = 0;  // of a write: by its conditions, filters and copies
  std::uint64_t bytes_returned = 0;

  Billing& operator+=(const Billing& other);
  bool operator==(const Billing&) const = default;
};

// The member `billing` of the object that `end_of_answer` ends. Stores put it behind the rows, so
// the text is read from its end and may lack its beginning. Members that are absent or not counts
// are 0. nullopt: the text holds no such object, or is not the end of a JSON object.
// Cost: linear in what lies from `billing` to the end, some 200 bytes as stores write it; a text
// that lacks it is read through once.
std::optional<Billing> read_billing(std::string_view end_of_answer);

}  // namespace layer::features::billing
