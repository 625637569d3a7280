// A place where something of a namespace may lie. Each capability that keeps data of namespaces
// adds its own; a deletion is complete when every place is done. Thread safety: on the purger's
// loop, several namespaces at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "features/deletions/purge_intent.h"
#include "objects/object_store.h"

namespace layer::features::deletions {

struct Purged {
  std::optional<std::uint64_t> objects{};  // how many were removed, where that is counted
};

class PurgePlace {
 public:
  virtual ~PurgePlace() = default;
  // As in the receipt: "namespace_state", "cache_documents", ...
  virtual std::string_view name() const = 0;
  // Before the store is asked to delete: nothing of the namespace that this place holds may be
  // served from here on, whether or not the delete succeeds. On the caller's loop. An error
  // cancels the delete.
  virtual async::Task<Result<void>> invalidate(std::string ns);
  // Removes what belongs to the deleted namespace and spares what is younger than the intent's
  // cutoff. May run again after a success or a failure. An error is retried later.
  virtual async::Task<Result<Purged>> purge(PurgeIntent intent) = 0;
};

// Objects below a prefix, those up to the cutoff.
class ObjectsPlace : public PurgePlace {
 public:
  // The object store outlives the place.
  ObjectsPlace(std::string_view name, objects::ObjectStore& objects)
      : name_(name), objects_(objects) {}

  std::string_view name() const override { return name_; }
  async::Task<Result<Purged>> purge(PurgeIntent intent) override;

 protected:
  // Ends with '/'.
  virtual std::string prefix(const PurgeIntent& intent) const = 0;
  virtual bool keeps(std::string_view /*key*/, const PurgeIntent& /*intent*/) const {
    return false;
  }

 private:
  std::string_view name_;
  objects::ObjectStore& objects_;
};

// "namespace_state": what lies under namespaces/{ns}/, but not the tombstone.
class NamespaceStatePlace final : public ObjectsPlace {
 public:
  explicit NamespaceStatePlace(objects::ObjectStore& objects)
      : ObjectsPlace("namespace_state", objects) {}

 protected:
  std::string prefix(const PurgeIntent& intent) const override;
  bool keeps(std::string_view key, const PurgeIntent& intent) const override;
};

// "gateway_memory:<gateway>": what this process remembers of the namespace.
class GatewayMemoryPlace final : public PurgePlace {
 public:
  // `forget` may be called from any loop.
  using Forget = std::function<void(std::string_view ns)>;
  GatewayMemoryPlace(std::string_view gateway, Forget forget)
      : name_("gateway_memory:" + std::string(gateway)), forget_(std::move(forget)) {}

  std::string_view name() const override { return name_; }
  async::Task<Result<Purged>> purge(PurgeIntent intent) override;

 private:
  std::string name_;
  Forget forget_;
};

}  // namespace layer::features::deletions
