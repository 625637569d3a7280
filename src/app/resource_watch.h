// The resources a gateway works by, and who is told when they change. Thread safety: current() and
// statuses() from any thread; the rest from the owner's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/serving.h"
#include "core/log.h"
#include "resources/secrets.h"
#include "resources/source.h"
#include "resources/status.h"

namespace layer::app {

class ResourceWatch {
 public:
  // An empty directory: no resources, ever.
  ResourceWatch(const std::string& directory, core::Logger& log);

  // Reads everything once. `default_store` names the default store when stores are configured
  // elsewhere. `changed` then runs on the source's thread after each change until stop().
  Started<void> start(std::string default_store, std::function<void()> changed);
  void stop();

  const std::string& directory() const { return directory_; }
  bool on() const { return !directory_.empty(); }
  std::shared_ptr<const resources::Catalog> current() const { return source_->current(); }
  const resources::SecretSource& secrets() const { return *secrets_; }
  resources::ResourceSource& source() { return *source_; }
  resources::StatusTable& statuses() { return statuses_; }

 private:
  std::string directory_;
  core::Logger& log_;
  std::unique_ptr<resources::SecretSource> secrets_;
  resources::StatusTable statuses_;
  std::unique_ptr<resources::ResourceSource> source_;
};

}  // namespace layer::app
