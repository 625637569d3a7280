// How far a transfer has come, as a person watches it on standard error. Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace layer::cli {

struct TransferState {
  std::uint64_t rows = 0;        // all that are there
  std::uint64_t bytes = 0;       // as they are written
  std::uint64_t rows_since = 0;  // of them, since `seconds` began
  double seconds = 0;
  std::optional<std::uint64_t> rows_total{};  // about, where that is known
};

// "41,200 rows, 12.3 MB, 8,200 rows/s, 12 s left"
std::string transfer_line(const TransferState& state);

// The line, drawn over and over where standard error is a terminal.
class TransferProgress {
 public:
  TransferProgress();
  bool shown() const { return terminal_; }
  // Enough time has passed to draw again.
  bool due() const;
  void draw(TransferState state);
  // For good, also where it is no terminal.
  void end(TransferState state);
  // A sentence on a line of its own.
  void say(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  void clear() const;
  void take_time(TransferState& state);

  const bool terminal_;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point drawn_at_{};
  std::optional<std::uint64_t> first_rows_{};
};

}  // namespace layer::cli
