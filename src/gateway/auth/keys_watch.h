// The keys file while the gateway runs: changes to it count within about a second, without a
// restart. A change that holds a mistake is logged and changes nothing: the keys before it stay.
// Thread safety: all of it. A thread of its own looks at the file, so no event loop waits for a
// disk.
#pragma once

#include <chrono>
#include <condition_variable>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/log.h"
#include "gateway/auth/key_source.h"
#include "gateway/auth/keys_file.h"

namespace layer::gateway {

class KeysWatch {
 public:
  struct Options {
    std::filesystem::path file;
    ResolveSecret resolve;  // called from the watch's thread as well
    std::chrono::milliseconds interval{1'000};
  };
  // Reads the file once. Errors: as read_keys_file(), every mistake together.
  static std::expected<std::unique_ptr<KeysWatch>, std::vector<Error>> open(Options options,
                                                                            core::Logger& log);
  ~KeysWatch();
  KeysWatch(const KeysWatch&) = delete;
  KeysWatch& operator=(const KeysWatch&) = delete;

  const KeySource& keys() const { return keys_; }
  // Reads the file again, changed or not: a secret it refers to may have changed.
  void reload();
  // Reads the file again if it is not the one read last.
  void look();
  void stop();

 private:
  KeysWatch(Options options, core::Logger& log) : options_(std::move(options)), log_(log) {}

  std::vector<Error> read();
  void take();
  std::string fingerprint() const;
  void run(const std::stop_token& stop);

  Options options_;
  core::Logger& log_;
  StaticKeySource keys_;
  std::mutex reading_;   // one reader at a time; guards what follows
  std::string read_of_;  // fingerprint of the file that was read last
  std::mutex waiting_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace layer::gateway
