// A store whose operations fail or are late by plan: what the world does to the others. For tests.
// Thread safety: as ObjectStore, if the plan is.
#pragma once

#include <functional>

#include "objects/object_store.h"

namespace layer::objects {

enum class Operation : std::uint8_t { kPut, kGet, kGetRange, kHead, kRemove, kList };

struct Fault {
  enum class Kind : std::uint8_t {
    kNone,
    kBefore,  // nothing was done
    kAfter,   // it was done, and the answer is lost
  };
  Kind kind = Kind::kNone;
  async::Duration delay{};  // before anything else
  ErrorCode code = ErrorCode::kUnavailable;
};

class FaultyStore final : public ObjectStore {
 public:
  // Asked once an operation; the key of a listing is its prefix.
  using Plan = std::function<Fault(Operation operation, std::string_view key)>;

  FaultyStore(ObjectStore& inner, Plan plan) : inner_(inner), plan_(std::move(plan)) {}

  async::Task<Result<std::string>> put(std::string key, std::string bytes,
                                       Condition condition) override;
  async::Task<Result<Object>> get(std::string key) override;
  async::Task<Result<std::optional<Object>>> get_if_changed(std::string key,
                                                            std::string etag) override;
  async::Task<Result<std::string>> get_range(std::string key, std::uint64_t offset,
                                             std::uint64_t length) override;
  async::Task<Result<ObjectHead>> head(std::string key) override;
  async::Task<Result<void>> remove(std::string key) override;
  async::Task<Result<Listing>> list(std::string prefix, std::string after,
                                    std::size_t limit) override;
  std::string_view kind() const override { return inner_.kind(); }

 private:
  template <class T>
  async::Task<Result<T>> suffer(Fault fault, async::Task<Result<T>> work);

  ObjectStore& inner_;
  Plan plan_;
};

}  // namespace layer::objects
