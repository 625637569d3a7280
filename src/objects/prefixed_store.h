// A store below a folder of another one: what several deployments that share a bucket use.
// Thread safety: as ObjectStore. The inner store outlives it.
#pragma once

#include "objects/object_store.h"

namespace layer::objects {

// The folder's name with a '/' at its end; "" for none. Errors: kInvalidArgument.
Result<std::string> folder_prefix(std::string_view text);

class PrefixedStore final : public ObjectStore {
 public:
  // `prefix` is one that folder_prefix() gave.
  PrefixedStore(ObjectStore& inner, std::string prefix)
      : inner_(inner), prefix_(std::move(prefix)) {}

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
  // The inner key. Errors: kInvalidArgument, also when it is too long together with the prefix.
  Result<std::string> inside(const std::string& key) const;

  ObjectStore& inner_;
  std::string prefix_;
};

}  // namespace layer::objects
