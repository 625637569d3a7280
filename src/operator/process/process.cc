#include "operator/process/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <system_error>

#include <fmt/format.h>

namespace layer::workers {
namespace {

constexpr int kFirstOther = 3;  // after standard input, output and error
constexpr int kNoProgram = 127;

Error system_error(std::string_view what, int reason) {
  return {.code = ErrorCode::kIo,
          .message = fmt::format("{}: {}", what, std::generic_category().message(reason))};
}

bool is_program(const std::filesystem::path& path) {
  std::error_code ec;
  return std::filesystem::is_regular_file(path, ec) && ::access(path.c_str(), X_OK) == 0;
}

std::string_view variable(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string_view entry : environment) {
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
      return entry.substr(name.size() + 1);
    }
  }
  return {};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    all.push_back(const_cast<char*>(text.c_str()));
  }
  all.push_back(nullptr);
  return all;
}

// All that the child needs, made before there is one.
struct Plan {
  const char* program;
  char* const* argv;
  char* const* environment;
  const char* directory;
  int input;
  int output;
  int failure;  // where the reason is written; closed when the program begins
  pid_t parent;
};

// Runs in the child on the memory of the parent, which waits: system calls only. No descriptor but
// the first three goes along; libraries do not mark all of theirs as close-on-exec.
[[noreturn]] void become(const Plan& plan) {
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::sigaction(signal, &plain, nullptr);
  }
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before that.
  const bool fine = ::getppid() == plan.parent && ::dup2(plan.input, STDIN_FILENO) >= 0 &&
                    ::dup2(plan.output, STDOUT_FILENO) >= 0 &&
                    ::dup2(plan.output, STDERR_FILENO) >= 0 && ::chdir(plan.directory) == 0 &&
                    ::syscall(SYS_close_range, kFirstOther, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
  if (fine) {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(plan.program, plan.argv, plan.environment);
  }
  const int reason = errno;
  (void)!::write(plan.failure, &reason, sizeof(reason));
  ::_exit(kNoProgram);
}

// The child shares the memory until its program begins, so a large process starts one as fast as a
// small one. Signals wait meanwhile: a handler would run in the child.
pid_t launch(const Plan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (pid == 0) {
    become(plan);
  }
  const int reason = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  return pid;
}

// Not one of the first three, which this process may lack: the child's copies would be closed.
Descriptor beyond_standard(Descriptor descriptor) {
  return descriptor.get() >= kFirstOther
             ? std::move(descriptor)
             : Descriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kFirstOther));
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::unexpected(system_error("cannot make a pipe", errno));
  }
  return Pipe{Descriptor(ends[0]), beyond_standard(Descriptor(ends[1]))};
}

// 0: the program has begun; else why it has not. Waits for the one or the other: only then is the
// child bound to this thread's life, however it was made.
int wait_for_program(Pipe& pipe) {
  pipe.write = Descriptor();
  int reason = 0;
  ssize_t count = 0;
  do {
    count = ::read(pipe.read.get(), &reason, sizeof(reason));
  } while (count < 0 && errno == EINTR);
  return count == sizeof(reason) ? reason : 0;
}

}  // namespace

std::string describe(Exit exit) {
  if (exit.signal == 0) {
    return fmt::format("exit code {}", exit.code);
  }
  const char* words = ::sigdescr_np(exit.signal);
  return fmt::format("signal {} ({})", exit.signal, words == nullptr ? "unknown" : words);
}

Result<std::filesystem::path> find_program(const std::string& name, std::string_view path,
                                           const std::filesystem::path& directory) {
  std::optional<std::filesystem::path> there;
  const auto look = [&](const std::filesystem::path& candidate) {
    std::error_code ec;
    if (std::filesystem::exists(candidate, ec) && !there) {
      there = candidate;
    }
    return is_program(candidate);
  };
  if (name.find('/') != std::string::npos) {
    const std::filesystem::path candidate = directory / name;
    if (look(candidate)) {
      return candidate;
    }
    if (!there) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("there is no program '{}' ({})", name, candidate.string()));
    }
  } else {
    for (std::string_view rest = path; !rest.empty() && !name.empty();) {
      const std::size_t colon = rest.find(':');
      const std::filesystem::path candidate = directory / rest.substr(0, colon) / name;
      if (look(candidate)) {
        return candidate;
      }
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    }
    if (!there) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("there is no program '{}' in PATH ({})", name, path));
    }
  }
  return fail(ErrorCode::kForbidden,
              fmt::format("'{}' is no program that may be run", there->string()));
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<Process> start_process(const Command& command) {
  LAYER_ASSIGN(
      const auto program,
      find_program(command.argv.front(), variable(command.environment, "PATH"), command.directory));
  LAYER_ASSIGN(Pipe output, make_pipe());
  LAYER_ASSIGN(Pipe failure, make_pipe());
  // Only this side: the program would be surprised.
  ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  const Descriptor nothing = beyond_standard(Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  const auto argv = pointers(command.argv);
  const auto environment = pointers(command.environment);
  const Plan plan{.program = program.c_str(),
                  .argv = argv.data(),
                  .environment = environment.data(),
                  .directory = command.directory.c_str(),
                  .input = nothing.get(),
                  .output = output.write.get(),
                  .failure = failure.write.get(),
                  .parent = ::getpid()};
  const pid_t pid = launch(plan);
  if (pid < 0) {
    return std::unexpected(system_error("no further process", errno));
  }
  if (const int reason = wait_for_program(failure); reason != 0) {
    ::waitpid(pid, nullptr, 0);
    return std::unexpected(
        system_error(fmt::format("cannot start '{}'", program.string()), reason));
  }
  Process process{.pid = pid,
                  .handle = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
                  .output = std::move(output.read)};
  if (process.handle.get() < 0) {
    const int reason = errno;
    send_signal(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return std::unexpected(system_error("cannot watch a process", reason));
  }
  return process;
}

void send_signal(pid_t pid, int signal) {
  ::kill(-pid, signal);
}

Exit reap(pid_t pid) {
  // While it is not reaped its number, and so its group's, is nobody else's.
  send_signal(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return {.signal = WTERMSIG(status)};
  }
  return {.code = WEXITSTATUS(status)};
}

}  // namespace layer::workers
