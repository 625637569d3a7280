// Resources from the files of a directory (rules R1 to R4 of the contract): watched with inotify,
// read again when nothing changed for 200 ms, and every 30 s in any case, because a watch can miss
// what happens on a network file system.
//
// What cannot be read changes nothing: a file that does not parse keeps its previous objects, and a
// directory that cannot be listed keeps them all. A directory that others than its owner or group
// root may write to is refused at the start, because it holds commands.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/log.h"
#include "resources/directory_files.h"
#include "resources/limits.h"
#include "resources/secrets.h"
#include "resources/source.h"
#include "resources/status.h"
#include "resources/watch.h"

namespace layer::resources {

class DirectorySource final : public ResourceSource {
 public:
  struct Options {
    std::filesystem::path directory;
    // The default store's name when the stores are configured elsewhere; may be empty.
    std::string default_store{};
    std::chrono::milliseconds debounce = limits::debounce;
    std::chrono::milliseconds rescan_interval = limits::rescan_interval;
    core::Logger* logger = nullptr;
  };
  // All references outlive the source.
  DirectorySource(Options options, const SecretSource& secrets, StatusTable& statuses);
  ~DirectorySource() override;

  Result<void> start() override;
  void stop() override;
  std::shared_ptr<const Catalog> current() const override {
    return catalog_.load(std::memory_order_acquire);
  }
  void on_change(std::function<void()> callback) override {
    callbacks_.push_back(std::move(callback));
  }

 private:
  void run();
  // True: waiting ended because of stop().
  bool settle();
  void rescan();
  DirectoryFiles::Reading read();
  // Builds and swaps when `changed`; true when callers have something new to see.
  bool publish(bool changed);
  void log_mistakes(const Mistakes& mistakes);

  Options options_;
  const SecretSource& secrets_;
  StatusTable& statuses_;
  DirectoryFiles files_;
  CatalogBuilder builder_;
  DirectoryWatch watch_;
  std::vector<std::function<void()>> callbacks_;
  std::vector<core::Secret> values_;  // of the secrets, to notice changes
  Mistakes logged_;
  std::atomic<std::shared_ptr<const Catalog>> catalog_;
  std::thread thread_;
};

}  // namespace layer::resources
