#include "gateway/auth/keys_watch.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "async/loops.h"

namespace layer::gateway {

std::expected<std::unique_ptr<KeysWatch>, std::vector<Error>> KeysWatch::open(Options options,
                                                                              core::Logger& log) {
  std::unique_ptr<KeysWatch> watch(new KeysWatch(std::move(options), log));
  if (auto faults = watch->read(); !faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  KeysWatch* const self = watch.get();
  watch->thread_ = std::jthread([self](const std::stop_token& stop) { self->run(stop); });
  return watch;
}

KeysWatch::~KeysWatch() {
  stop();
}

void KeysWatch::stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
}

// Taken before reading: a change in between is seen as one at the next look.
std::string KeysWatch::fingerprint() const {
  struct stat info{};
  if (::stat(options_.file.c_str(), &info) != 0) {
    return "absent";
  }
  return fmt::format("{} {} {} {}.{} {:o}", info.st_dev, info.st_ino, info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_mode);
}

std::vector<Error> KeysWatch::read() {
  read_of_ = fingerprint();
  auto file = read_keys_file(options_.file, options_.resolve);
  if (!file) {
    return std::move(file).error();
  }
  for (const std::string& warning : file->warnings) {
    log_.warn("keys file", {{"what", warning}});
  }
  const std::size_t count = file->keys.size();
  keys_.replace(std::make_shared<const KeyRing>(std::move(file->keys)));
  log_.info("keys read", {{"file", options_.file.string()}, {"keys", count}});
  return {};
}

void KeysWatch::take() {
  for (const Error& error : read()) {
    log_.error("keys file not taken, the keys before it stay", {{"what", error.message}});
  }
}

void KeysWatch::reload() {
  const std::lock_guard lock(reading_);
  take();
}

void KeysWatch::look() {
  const std::lock_guard lock(reading_);
  if (fingerprint() != read_of_) {
    take();
  }
}

void KeysWatch::run(const std::stop_token& stop) {
  async::name_this_thread("keys");
  std::unique_lock lock(waiting_);
  while (!wake_.wait_for(lock, stop, options_.interval, [&] { return stop.stop_requested(); })) {
    look();
  }
}

}  // namespace layer::gateway
