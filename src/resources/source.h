// Where resources come from: a directory now, Kubernetes behind the same interface later.
// Thread safety: current() from any thread at any time; the other calls from the owner's thread.
#pragma once

#include <functional>
#include <memory>

#include "core/error.h"
#include "resources/catalog.h"

namespace layer::resources {

class ResourceSource {
 public:
  virtual ~ResourceSource() = default;

  // Reads everything once, so that current() is complete on return, then watches on threads of its
  // own. Errors: kInvalidArgument with every fault in the message when nothing may be served.
  virtual Result<void> start() = 0;
  // Joins the threads; no callback runs afterwards. Idempotent.
  virtual void stop() = 0;

  // Never null; the empty catalog before start(). Cost: one atomic load of a shared_ptr.
  virtual std::shared_ptr<const Catalog> current() const = 0;
  // Adds a callback that runs on the source's thread after each swap, and when a secret's value
  // changed: it reads current(), hands work to its own thread and returns. Call before start().
  virtual void on_change(std::function<void()> callback) = 0;
};

// Without --resources: nothing, ever.
class EmptySource final : public ResourceSource {
 public:
  Result<void> start() override { return {}; }
  void stop() override {}
  std::shared_ptr<const Catalog> current() const override { return empty_; }
  void on_change(std::function<void()>) override {}

 private:
  std::shared_ptr<const Catalog> empty_ = std::make_shared<const Catalog>();
};

}  // namespace layer::resources
