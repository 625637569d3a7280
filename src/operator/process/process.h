// A program as a process of its own: started without a shell, in a process group of its own, with
// nothing of this process but the environment it is given and one pipe for what it prints.
//
// The kernel ends the program when the thread that started it ends (also with a kill -9 of this
// process), so that thread must live as long as the program. Programs that this one starts in turn
// are ended with their group, but not when this process dies.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"

namespace layer::workers {

struct Command {
  std::vector<std::string> argv{};         // not empty
  std::vector<std::string> environment{};  // "NAME=value"
  std::filesystem::path directory{};       // it begins in

  bool operator==(const Command&) const = default;
};

struct Exit {
  int code = 0;    // where it was not a signal
  int signal = 0;  // that ended it; 0: none

  bool orderly() const { return code == 0 && signal == 0; }
};
std::string describe(Exit exit);  // "exit code 3", "signal 9 (Killed)"

// Where a program lies that is called `name`: a path relative to `directory` if there is a slash in
// it, else in the directories of `path`, separated by colons. Errors: kNotFound, kForbidden (it may
// not be run), in words for who wrote the name. Blocks on a disk.
Result<std::filesystem::path> find_program(const std::string& name, std::string_view path,
                                           const std::filesystem::path& directory);

// Closes it.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

struct Process {
  pid_t pid = -1;
  Descriptor handle;  // readable once it has ended
  Descriptor output;  // standard output and error, without blocking
};

// Errors: those of find_program with the PATH of the command's environment; kIo with the system's
// reason. Blocks until the program has begun. Thread safety: any thread that outlives the program.
Result<Process> start_process(const Command& command);

// To all of its group. Only before it was reaped.
void send_signal(pid_t pid, int signal);
// Of one that has ended: what is left of its group is killed, then it is forgotten.
Exit reap(pid_t pid);

}  // namespace layer::workers
