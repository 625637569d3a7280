// The queue between requests and the spool. It never waits: what does not fit is dropped and
// counted. Thread safety: push() and empty() from any thread, take() from one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <variant>

#include "features/history/recorder.h"

namespace layer::features::history {

class Intake {
 public:
  static constexpr std::size_t kRecordsMax = 65'536;
  static constexpr std::size_t kBytesMax = std::size_t{128} << 20;  // of their texts

  using Record = std::variant<QueryEntry, Click>;

  // `wake` is called when a record arrives and none was waiting.
  explicit Intake(std::function<void()> wake) : wake_(std::move(wake)) {}

  // False: the queue is full or closed.
  bool push(Record record);
  std::deque<Record> take();
  bool empty() const;
  void close();

 private:
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::deque<Record> records_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace layer::features::history
