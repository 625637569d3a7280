#include "resources/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

namespace layer::resources {

DirectoryWatch::DirectoryWatch()
    : changes_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      stop_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

DirectoryWatch::~DirectoryWatch() {
  for (const int handle : {changes_, stop_}) {
    if (handle >= 0) {
      ::close(handle);
    }
  }
}

void DirectoryWatch::begin() {
  ++round_;
  complete_ = changes_ >= 0;
}

void DirectoryWatch::add(const std::filesystem::path& directory) {
  constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                    IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                    IN_ONLYDIR;
  // Adding a directory again gives the same id; another one of the same name gives a new id.
  const int id = ::inotify_add_watch(changes_, directory.c_str(), kEvents);
  if (id < 0) {
    complete_ = false;
    return;
  }
  watched_[directory.string()] = {.id = id, .round = round_};
}

void DirectoryWatch::end() {
  for (auto it = watched_.begin(); it != watched_.end();) {
    if (it->second.round == round_) {
      ++it;
      continue;
    }
    const int id = it->second.id;
    it = watched_.erase(it);
    // A renamed directory kept its id under the new name.
    if (std::ranges::none_of(watched_, [&](const auto& w) { return w.second.id == id; })) {
      ::inotify_rm_watch(changes_, id);
    }
  }
}

bool DirectoryWatch::drain() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 16UL * 1024> buffer;
  for (;;) {
    const ssize_t got = ::read(changes_, buffer.data(), buffer.size());
    if (got <= 0) {
      return changed;
    }
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      // Told after a watch was dropped, by us or because the directory is gone: no news.
      changed = changed || (event->mask & IN_IGNORED) == 0;
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

DirectoryWatch::Event DirectoryWatch::wait(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    std::array<pollfd, 2> handles{{{stop_, POLLIN, 0}, {changes_, POLLIN, 0}}};
    const auto timeout = std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max());
    ::poll(handles.data(), handles.size(), static_cast<int>(timeout));
    if ((handles[0].revents & POLLIN) != 0) {
      return Event::kStop;
    }
    if ((handles[1].revents & POLLIN) != 0 && drain()) {
      return Event::kChange;
    }
    if (std::chrono::steady_clock::now() >= until) {
      return Event::kQuiet;
    }
  }
}

void DirectoryWatch::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof(one));
}

}  // namespace layer::resources
