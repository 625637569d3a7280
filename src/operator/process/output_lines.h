// What a worker prints, as lines. Thread safety: one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace layer::workers {

// A longer line is cut into pieces of this length.
inline constexpr std::size_t kOutputLineBytesMax = 16 * 1024;

class OutputLines {
 public:
  // The lines that `piece` completes, without their ends; empty ones are dropped.
  std::vector<std::string> take(std::string_view piece);
  // What is left without a line end; may be empty.
  std::string rest();

 private:
  std::string open_;
};

}  // namespace layer::workers
