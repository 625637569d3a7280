// How far a function's queue has come, as a person watches it. Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

namespace layer::cli {

class FunctionProgress {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FunctionProgress(std::uint64_t enqueued, Clock::time_point now = Clock::now())
      : total_(enqueued), begun_(now) {}

  // Takes what the status says.
  void look(const boost::json::object& status, Clock::time_point now = Clock::now());
  // Nothing waits and nothing is in work.
  bool over() const { return seen_ && left_ == 0; }
  std::uint64_t failed() const { return failed_; }
  // "[####......]  40 %  400 of 1000 rows, 3 failed, 20.0 rows/s, 30 s left"
  std::string line() const;

 private:
  std::uint64_t total_;  // the most there was; more may come while it runs
  std::uint64_t left_ = 0;
  std::uint64_t failed_ = 0;
  double per_second_ = 0;
  Clock::time_point begun_;
  bool seen_ = false;
};

}  // namespace layer::cli
