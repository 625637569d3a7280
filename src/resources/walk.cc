#include "resources/walk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "resources/limits.h"

namespace layer::resources {
namespace {

using std::filesystem::path;

bool is_resource_file(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileSignature signature_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim)};
}

bool others_may_write(const struct stat& status) {
  return (status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0);
}

class Walker {
 public:
  Walker(const path& root, const std::function<void(const path&)>& on_directory)
      : root_(root), on_directory_(on_directory) {}

  Found run() {
    struct stat status{};
    if (::stat(root_.c_str(), &status) != 0) {
      fatal(root_.string(), std::strerror(errno));
    } else if (!S_ISDIR(status.st_mode)) {
      fatal(root_.string(), "is not a directory");
    } else {
      enter(root_, "", status, 0);
    }
    std::ranges::sort(found_.files, {}, &FoundFile::name);
    return std::move(found_);
  }

 private:
  static Mistake mistake(std::string file, std::string message, std::string hint,
                         std::string reason) {
    return {.origin = {.file = std::move(file), .at = {}},
            .object = {},
            .path = {},
            .message = std::move(message),
            .hint = std::move(hint),
            .reason = std::move(reason)};
  }

  void fatal(std::string file, std::string message) {
    stopped_ = true;
    found_.fatal.push_back(mistake(std::move(file), std::move(message), "", "Unreadable"));
  }

  void insecure(const path& at, const struct stat& status) {
    found_.insecure.push_back(mistake(
        at.string(),
        (status.st_mode & S_IWOTH) != 0 ? "everybody may write to it, and it can hold commands"
                                        : "its group may write to it, and it can hold commands",
        (status.st_mode & S_IWOTH) != 0 ? "chmod o-w it" : "chmod g-w it, or chgrp it to root",
        "Insecure"));
  }

  void enter(const path& directory, const std::string& name, const struct stat& status,
             std::size_t depth) {
    if (depth > limits::directory_depth_max || seen_.size() >= limits::directory_count_max) {
      fatal(directory.string(),
            fmt::format("directories are deeper than {} or more than {}",
                        limits::directory_depth_max, limits::directory_count_max));
      return;
    }
    seen_.emplace(status.st_dev, status.st_ino);
    if (others_may_write(status)) {
      insecure(directory, status);
    }
    on_directory_(directory);
    std::error_code failed;
    std::vector<std::string> entries;
    for (std::filesystem::directory_iterator it(directory, failed), end; !failed && it != end;
         it.increment(failed)) {
      entries.push_back(it->path().filename().string());
    }
    if (failed) {
      fatal(directory.string(), fmt::format("cannot be listed: {}", failed.message()));
      return;
    }
    std::ranges::sort(entries);
    for (const std::string& entry : entries) {
      if (!stopped_ && !entry.starts_with('.')) {
        visit(directory / entry, name.empty() ? entry : name + "/" + entry, depth);
      }
    }
  }

  void visit(const path& at, const std::string& name, std::size_t depth) {
    struct stat status{};
    if (::stat(at.c_str(), &status) != 0) {
      // Gone since it was listed, unless the name is still there: a link to nowhere or to itself.
      const int error = errno;
      if (::lstat(at.c_str(), &status) == 0 && is_resource_file(name)) {
        add({.name = name, .path = at, .fault = std::strerror(error)});
      }
      return;
    }
    if (S_ISDIR(status.st_mode)) {
      if (name == "secrets") {
        watch_secrets(at);
      } else if (seen_.contains({status.st_dev, status.st_ino})) {
        add({.name = name, .path = at, .fault = "leads to a directory that was read already"});
      } else {
        enter(at, name, status, depth + 1);
      }
    } else if (is_resource_file(name)) {
      FoundFile file{.name = name, .path = at, .signature = signature_of(status)};
      if (!S_ISREG(status.st_mode)) {
        file.fault = "is not a file";
      } else if (others_may_write(status)) {
        insecure(at, status);
        file.fault = found_.insecure.back().message;
      }
      add(std::move(file));
    }
  }

  void watch_secrets(const path& secrets) {
    on_directory_(secrets);
    std::error_code failed;
    for (std::filesystem::directory_iterator it(secrets, failed), end; !failed && it != end;
         it.increment(failed)) {
      std::error_code unknown;
      if (it->is_directory(unknown)) {
        on_directory_(it->path());
      }
    }
  }

  void add(FoundFile file) {
    if (found_.files.size() >= limits::file_count_max) {
      fatal(root_.string(), fmt::format("holds more than {} files", limits::file_count_max));
      return;
    }
    found_.files.push_back(std::move(file));
  }

  const path& root_;
  const std::function<void(const path&)>& on_directory_;
  Found found_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
  bool stopped_ = false;
};

}  // namespace

Found walk(const path& root, const std::function<void(const path&)>& on_directory) {
  return Walker(root, on_directory).run();
}

Result<std::string> read_bounded(const path& at, std::size_t bytes_max) {
  const int handle = ::open(at.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle < 0) {
    return fail(ErrorCode::kIo, std::strerror(errno));
  }
  std::string text;
  constexpr std::size_t kStepBytes = 64UL * 1024;
  ssize_t got = 1;
  while (got > 0 && text.size() <= bytes_max) {
    const std::size_t size = text.size();
    text.resize(size + kStepBytes);
    got = ::read(handle, text.data() + size, kStepBytes);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  const int error = errno;
  ::close(handle);
  if (got < 0) {
    return fail(ErrorCode::kIo, std::strerror(error));
  }
  if (text.size() > bytes_max) {
    return fail(ErrorCode::kIo, fmt::format("larger than {} bytes", bytes_max));
  }
  return text;
}

}  // namespace layer::resources
