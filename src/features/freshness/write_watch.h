// Who wants to know which writes of this gateway are under way: a watermark must not pass a write
// that is not acknowledged. Thread safety: implementations take calls from any loop, and never
// wait.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace layer::features::freshness {

class WriteWatch {
 public:
  virtual ~WriteWatch() = default;
  // Called before the write takes its stamp. Returns what ends it.
  virtual std::uint64_t begin(std::string_view ns) = 0;
  // `applied`: rows may have changed. Called before the caller has the answer.
  virtual void end(std::string_view ns, std::uint64_t ticket, bool applied) = 0;
};

// One write under way. What is not known to have been refused counts as applied.
class WriteInFlight {
 public:
  WriteInFlight() = default;
  WriteInFlight(WriteWatch* watch, std::string ns) : watch_(watch), ns_(std::move(ns)) {
    if (watch_ != nullptr) {
      ticket_ = watch_->begin(ns_);
    }
  }
  WriteInFlight(WriteInFlight&& other) noexcept
      : watch_(std::exchange(other.watch_, nullptr)),
        ns_(std::move(other.ns_)),
        ticket_(other.ticket_) {}
  WriteInFlight& operator=(WriteInFlight&& other) noexcept {
    end(true);
    watch_ = std::exchange(other.watch_, nullptr);
    ns_ = std::move(other.ns_);
    ticket_ = other.ticket_;
    return *this;
  }
  ~WriteInFlight() { end(true); }

  void end(bool applied) {
    if (auto* const watch = std::exchange(watch_, nullptr)) {
      watch->end(ns_, ticket_, applied);
    }
  }

 private:
  WriteWatch* watch_ = nullptr;
  std::string ns_;
  std::uint64_t ticket_ = 0;
};

}  // namespace layer::features::freshness
