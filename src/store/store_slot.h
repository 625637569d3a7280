// A store that may be replaced while it is in use: those who hold the slot send to whatever is in
// it. Calls that are under way stay with the store they were sent to, and so do the bodies of their
// answers; it goes when the last of them has ended.
// Thread safety: all of it, from any thread; send() as VectorStore says.
// Cost: one atomic reference a call.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "store/vector_store.h"

namespace layer::store {

class StoreSlot final : public VectorStore {
 public:
  // Precondition: not null.
  explicit StoreSlot(std::shared_ptr<VectorStore> store);

  // Null: from now on calls fail with kServiceUnavailable. Precondition: the name is the same.
  void replace(std::shared_ptr<VectorStore> store);
  std::shared_ptr<VectorStore> current() const { return store_.load(std::memory_order_acquire); }

  async::Task<Result<Answer>> send(Call call) override;
  std::string_view name() const override { return name_; }
  // Of the last store that was here. Views and references are valid while the slot lives.
  std::string_view kind() const override { return facts().kind; }
  std::string_view origin() const override { return facts().origin; }
  const Capabilities& capabilities() const override { return facts().capabilities; }
  StoreStatus status() const override;

 private:
  // What was said of a store and may still be read when that is gone. One for each address.
  struct Facts {
    std::string kind;
    std::string origin;
    Capabilities capabilities;
  };
  const Facts& facts() const { return *facts_.load(std::memory_order_acquire); }
  const Facts& learn(const VectorStore& store);

  const std::string name_;
  std::mutex learning_;  // guards learned_
  std::deque<Facts> learned_;
  std::atomic<const Facts*> facts_;
  std::atomic<std::shared_ptr<VectorStore>> store_;
};

}  // namespace layer::store
