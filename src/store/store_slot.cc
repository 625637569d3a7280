#include "store/store_slot.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace layer::store {
namespace {

// An answer's body with the store it comes from.
class KeptBody final : public http::Body {
 public:
  KeptBody(std::shared_ptr<VectorStore> store, std::unique_ptr<http::Body> inner)
      : store_(std::move(store)), inner_(std::move(inner)) {}
  async::Task<Result<std::string_view>> next() override { return inner_->next(); }
  std::optional<std::uint64_t> size() const override { return inner_->size(); }
  bool rewind() override { return inner_->rewind(); }

 private:
  std::shared_ptr<VectorStore> store_;  // goes after the body
  std::unique_ptr<http::Body> inner_;
};

}  // namespace

StoreSlot::StoreSlot(std::shared_ptr<VectorStore> store)
    : name_(store->name()), facts_(&learn(*store)), store_(std::move(store)) {}

void StoreSlot::replace(std::shared_ptr<VectorStore> store) {
  if (store != nullptr) {
    assert(store->name() == name_);
    facts_.store(&learn(*store), std::memory_order_release);
  }
  store_.store(std::move(store), std::memory_order_release);
}

const StoreSlot::Facts& StoreSlot::learn(const VectorStore& store) {
  const std::lock_guard lock(learning_);
  const auto known = std::ranges::find_if(learned_, [&](const Facts& facts) {
    return facts.kind == store.kind() && facts.origin == store.origin();
  });
  if (known != learned_.end()) {
    return *known;
  }
  return learned_.emplace_back(Facts{.kind = std::string(store.kind()),
                                     .origin = std::string(store.origin()),
                                     .capabilities = store.capabilities()});
}

async::Task<Result<Answer>> StoreSlot::send(Call call) {
  auto store = current();
  if (store == nullptr) {
    co_return fail(ErrorCode::kServiceUnavailable,
                   fmt::format("store '{}' is no longer configured", name_));
  }
  auto answer = co_await store->send(std::move(call));
  if (answer && answer->stream) {
    answer->stream = std::make_unique<KeptBody>(std::move(store), std::move(answer->stream));
  }
  co_return answer;
}

StoreStatus StoreSlot::status() const {
  const auto store = current();
  return store == nullptr ? StoreStatus{} : store->status();
}

}  // namespace layer::store
