#include "app/resource_watch.h"

#include "resources/directory_source.h"

namespace layer::app {

ResourceWatch::ResourceWatch(const std::string& directory, core::Logger& log)
    : directory_(directory),
      log_(log),
      secrets_(resources::process_secrets(directory)),
      statuses_(resources::wall_clock_ms),
      source_(std::make_unique<resources::EmptySource>()) {}

Started<void> ResourceWatch::start(std::string default_store, std::function<void()> changed) {
  if (!on()) {
    return {};
  }
  resources::DirectorySource::Options options;
  options.directory = directory_;
  options.default_store = std::move(default_store);
  options.logger = &log_;
  source_ = std::make_unique<resources::DirectorySource>(std::move(options), *secrets_, statuses_);
  source_->on_change(std::move(changed));
  auto started = source_->start();
  if (!started) {
    return cannot_start(std::move(started).error(), 2);
  }
  return {};
}

void ResourceWatch::stop() {
  source_->stop();
}

}  // namespace layer::app
