#include "cli/transfer.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

namespace layer::cli {
namespace {

constexpr std::chrono::milliseconds kDrawEvery{500};

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string size_text(std::uint64_t bytes) {
  constexpr double kKilo = 1000;
  auto size = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (size < kKilo) {
      break;
    }
    size /= kKilo;
    unit = next;
  }
  return bytes < 1000 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, unit);
}

}  // namespace

std::string transfer_line(const TransferState& state) {
  std::string line = fmt::format("{} rows, {}", grouped(state.rows), size_text(state.bytes));
  const double rate = state.seconds > 0 ? static_cast<double>(state.rows_since) / state.seconds : 0;
  if (rate > 0) {
    line += fmt::format(", {} rows/s", grouped(static_cast<std::uint64_t>(rate)));
  }
  if (rate > 0 && state.rows_total && *state.rows_total > state.rows) {
    line +=
        fmt::format(", {:.0f} s left", static_cast<double>(*state.rows_total - state.rows) / rate);
  }
  return line;
}

TransferProgress::TransferProgress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

bool TransferProgress::due() const {
  return terminal_ && Clock::now() - drawn_at_ >= kDrawEvery;
}

void TransferProgress::draw(TransferState state) {
  drawn_at_ = Clock::now();
  take_time(state);
  if (terminal_) {
    clear();
    fmt::print(stderr, "{}", transfer_line(state));
  }
}

void TransferProgress::end(TransferState state) {
  take_time(state);
  state.rows_total = std::nullopt;
  clear();
  fmt::print(stderr, "{}\n", transfer_line(state));
}

void TransferProgress::say(const std::string& text) {
  clear();
  fmt::print(stderr, "layer: {}\n", text);
}

void TransferProgress::clear() const {
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K");
  }
}

// Rows that an earlier run had are not this one's pace.
void TransferProgress::take_time(TransferState& state) {
  if (!first_rows_) {
    first_rows_ = state.rows;
  }
  state.rows_since = state.rows - *first_rows_;
  state.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
}

}  // namespace layer::cli
