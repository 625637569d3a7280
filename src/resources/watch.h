// Wakes a thread when something in a set of directories changes (inotify). When the system grants
// no watch, nothing is reported and the caller's own rescan has to do.
// Thread safety: one thread, except wake().
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace layer::resources {

class DirectoryWatch {
 public:
  DirectoryWatch();
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // Between begin() and end() name every directory that counts; the others are dropped.
  void begin();
  void add(const std::filesystem::path& directory);
  void end();
  // True: every directory added is watched.
  bool complete() const { return complete_; }

  enum class Event : std::uint8_t { kChange, kQuiet, kStop };
  // Waits for a change, for wake(), or for the time to pass. Changes that happened meanwhile are
  // one event.
  Event wait(std::chrono::milliseconds limit);
  // Makes every wait() from now on return kStop. From any thread.
  void wake();

 private:
  bool drain();

  int changes_;
  int stop_;
  bool complete_ = true;
  std::uint64_t round_ = 0;
  struct Watched {
    int id;
    std::uint64_t round;
  };
  std::map<std::string, Watched> watched_;
};

}  // namespace layer::resources
