// Where something stands in a file of resources. Thread safety: plain values.
#pragma once

#include <cstddef>
#include <string>

namespace layer::resources {

// Both count from 1, columns in bytes; 0 means: the file as a whole.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;
  auto operator<=>(const Position&) const = default;
};

struct Origin {
  std::string file;  // relative to the directory, or what the text was called by who gave it
  Position at{};
  bool operator==(const Origin&) const = default;
};

}  // namespace layer::resources
