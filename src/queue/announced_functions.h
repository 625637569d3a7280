// A queue of functions that says when items came to wait: whoever runs workers need not look at it
// all the time. What others put into the same database is not announced.
//
// Thread safety and errors: as FunctionQueue; on_waiting() before the first call. The listener is
// called on the loop of the call, after it has taken effect, at most once a call, and returns soon.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "queue/function_queue.h"

namespace layer::queue {

class AnnouncedFunctions final : public FunctionQueue {
 public:
  // It outlives this.
  explicit AnnouncedFunctions(FunctionQueue& queue) : queue_(queue) {}
  void on_waiting(std::function<void(std::string_view function)> call) {
    waiting_ = std::move(call);
  }

  async::Task<Result<std::optional<Function>>> create(FunctionDefinition definition) override {
    return queue_.create(std::move(definition));
  }
  async::Task<Result<Function>> put(FunctionDefinition definition) override {
    return queue_.put(std::move(definition));
  }
  async::Task<Result<std::optional<Function>>> find(std::string id) override {
    return queue_.find(std::move(id));
  }
  async::Task<Result<std::vector<Function>>> functions() override { return queue_.functions(); }
  async::Task<Result<bool>> remove(std::string id) override { return queue_.remove(std::move(id)); }
  async::Task<Result<std::optional<Function>>> pause(std::string id, bool paused) override;

  async::Task<Result<Added>> add(std::string function, std::vector<ItemKey> keys,
                                 AddMode mode) override;
  async::Task<Result<ClaimedItems>> claim(ClaimItems claim) override {
    return queue_.claim(std::move(claim));
  }
  async::Task<Result<Outcomes>> extend(std::string function, std::string worker,
                                       std::vector<ItemLease> items,
                                       std::chrono::milliseconds lease_for) override {
    return queue_.extend(std::move(function), std::move(worker), std::move(items), lease_for);
  }
  async::Task<Result<Outcomes>> annotate(std::string function, std::string worker,
                                         std::vector<ItemNote> items) override {
    return queue_.annotate(std::move(function), std::move(worker), std::move(items));
  }
  async::Task<Result<std::vector<HeldItem>>> held(std::string function, std::string worker,
                                                  std::vector<ItemLease> items) override {
    return queue_.held(std::move(function), std::move(worker), std::move(items));
  }
  async::Task<Result<Outcomes>> complete(std::string function, std::string worker,
                                         std::vector<ItemLease> items) override {
    return queue_.complete(std::move(function), std::move(worker), std::move(items));
  }
  async::Task<Result<Outcomes>> dismiss(std::string function, std::string worker,
                                        std::vector<ItemLease> items) override {
    return queue_.dismiss(std::move(function), std::move(worker), std::move(items));
  }
  async::Task<Result<Outcomes>> fail(std::string function, std::string worker,
                                     std::vector<ItemFailure> items) override {
    return queue_.fail(std::move(function), std::move(worker), std::move(items));
  }
  async::Task<Result<Outcomes>> release(std::string function, std::string worker,
                                        std::vector<ItemLease> items) override;

  async::Task<Result<std::size_t>> drop(std::string function, std::vector<ItemKey> keys) override {
    return queue_.drop(std::move(function), std::move(keys));
  }
  async::Task<Result<std::size_t>> drop_namespace(std::string ns) override {
    return queue_.drop_namespace(std::move(ns));
  }
  async::Task<Result<std::size_t>> reset_failed(std::string function) override;
  async::Task<Result<Reaped>> reap(std::size_t limit) override { return queue_.reap(limit); }

  async::Task<Result<std::vector<Item>>> items(std::string function, ItemFilter filter,
                                               std::optional<ItemKey> after,
                                               std::size_t limit) override {
    return queue_.items(std::move(function), std::move(filter), std::move(after), limit);
  }
  async::Task<Result<FunctionCounts>> counts(std::string function) override {
    return queue_.counts(std::move(function));
  }
  async::Task<Result<std::vector<RateBucket>>> rates(std::string function) override {
    return queue_.rates(std::move(function));
  }

  async::Task<Result<std::vector<Sweep>>> sweeps(std::string function) override {
    return queue_.sweeps(std::move(function));
  }
  async::Task<Result<void>> save_sweep(std::string function, Sweep sweep) override {
    return queue_.save_sweep(std::move(function), std::move(sweep));
  }

 private:
  void announce(bool waits, std::string_view function) const {
    if (waits && waiting_) {
      waiting_(function);
    }
  }

  FunctionQueue& queue_;
  std::function<void(std::string_view function)> waiting_{};
};

}  // namespace layer::queue
