#include "cli/function_progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/members.h"

namespace layer::cli {
namespace {

constexpr std::size_t kBarWidth = 30;

}  // namespace

void FunctionProgress::look(const boost::json::object& status, Clock::time_point now) {
  seen_ = true;
  left_ = member_count(status, "pending_count") + member_count(status, "processing_count");
  failed_ = member_count(status, "failed_count");
  total_ = std::max(total_, left_);
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  per_second_ = seconds > 0 ? static_cast<double>(total_ - left_) / seconds : 0;
}

std::string FunctionProgress::line() const {
  const std::uint64_t done = total_ - left_;
  const double part = total_ == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total_);
  const auto filled = static_cast<std::size_t>(part * kBarWidth);
  std::string line = fmt::format("[{}{}] {:3.0f} %  {} of {} rows", std::string(filled, '#'),
                                 std::string(kBarWidth - filled, '.'), part * 100, done, total_);
  if (failed_ > 0) {
    line += fmt::format(", {} failed", failed_);
  }
  if (per_second_ > 0) {
    line += fmt::format(", {:.1f} rows/s, {:.0f} s left", per_second_,
                        static_cast<double>(left_) / per_second_);
  }
  return line;
}

}  // namespace layer::cli
