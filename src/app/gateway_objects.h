// The object store of a gateway: opened, prefixed, timed and found to keep its promises. Thread
// safety: as ObjectStore; open() from the owner's thread.
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "app/machine.h"
#include "objects/measured_store.h"
#include "objects/object_store.h"

namespace layer::app {

class GatewayObjects {
 public:
  // Errors: what keeps it from being used, in words for who starts the process.
  static Result<std::unique_ptr<GatewayObjects>> open(const Config& config, Machine& machine);

  // Where the gateway keeps what it cannot do without: deletions, keys. With the object store off
  // it is this process's own directory.
  objects::ObjectStore& own() { return *measured_; }
  // For everything else. Null: off.
  objects::ObjectStore* shared() { return off_ ? nullptr : measured_.get(); }
  std::string_view kind() const { return off_ ? "off" : measured_->kind(); }
  // As the last operation found it.
  bool ok() const { return measured_->ok(); }

 private:
  GatewayObjects() = default;

  bool off_ = false;
  std::unique_ptr<objects::ObjectStore> store_;
  std::unique_ptr<objects::ObjectStore> prefixed_;
  std::unique_ptr<objects::MeasuredStore> measured_;
};

}  // namespace layer::app
