#include "cli/batch_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fmt/format.h>

namespace layer::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kKillAfter{5000};
constexpr milliseconds kLookEvery{50};
constexpr std::size_t kReadBytes = 65536;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }
  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kIo, "no pipe to the command can be made");
  }
  return Pipe{.read = Fd(ends[0]), .write = Fd(ends[1])};
}

class Batch {
 public:
  Batch(const std::string& input, const BatchLimits& limits, const std::function<bool()>& tick)
      : input_(input), limits_(limits), tick_(tick) {}

  Result<BatchRun> run(const std::string& command) {
    LAYER_TRY(start(command));
    while (out_.is_open() || err_.is_open() || !reaped()) {
      exchange();
      look_at_the_clock();
    }
    return std::move(run_);
  }

 private:
  Result<void> start(const std::string& command) {
    LAYER_ASSIGN(Pipe in, make_pipe());
    LAYER_ASSIGN(Pipe out, make_pipe());
    LAYER_ASSIGN(Pipe err, make_pipe());
    pid_ = ::fork();
    if (pid_ < 0) {
      return fail(ErrorCode::kIo, "the command cannot be started");
    }
    if (pid_ == 0) {
      become(command.c_str(), in.read.get(), out.write.get(), err.write.get());
    }
    ::setpgid(pid_, pid_);
    in_ = std::move(in.write);
    out_ = std::move(out.read);
    err_ = std::move(err.read);
    for (const Fd* end : {&in_, &out_, &err_}) {
      ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
    }
    return {};
  }

  // In the child: only what is safe after a fork.
  [[noreturn]] static void become(const char* command, int in, int out, int err) {
    ::setpgid(0, 0);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
    ::_exit(127);
  }

  bool reaped() {
    if (pid_ == 0) {
      return true;
    }
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) {
      return false;
    }
    run_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    // Whatever it left running must not hold its pipes.
    ::kill(-pid_, SIGKILL);
    pid_ = 0;
    return true;
  }

  void exchange() {
    std::array<pollfd, 3> ends = {
        {{in_.get(), POLLOUT, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}}};
    ::poll(ends.data(), ends.size(), static_cast<int>(kLookEvery.count()));
    if (ends[0].revents != 0) {
      give();
    }
    if (ends[1].revents != 0) {
      take(out_, [this](std::string_view text) { run_.output += text; });
    }
    if (ends[2].revents != 0) {
      take(err_, [this](std::string_view text) {
        [[maybe_unused]] const auto passed = ::write(STDERR_FILENO, text.data(), text.size());
        run_.stderr_tail += text;
        if (run_.stderr_tail.size() > kStderrTailBytes) {
          run_.stderr_tail.erase(0, run_.stderr_tail.size() - kStderrTailBytes);
        }
      });
    }
  }

  void give() {
    const auto done = ::write(in_.get(), input_.data() + given_, input_.size() - given_);
    given_ += done > 0 ? static_cast<std::size_t>(done) : 0;
    // A command may end without having read everything.
    if (given_ == input_.size() || (done < 0 && errno != EAGAIN && errno != EINTR)) {
      in_.close();
    }
  }

  template <class Take>
  void take(Fd& from, Take taken) {
    const auto count = ::read(from.get(), buffer_.data(), buffer_.size());
    if (count > 0) {
      taken(std::string_view(buffer_.data(), static_cast<std::size_t>(count)));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      from.close();
    }
  }

  void look_at_the_clock() {
    const auto now = Clock::now();
    if (now - ticked_ >= limits_.tick_every) {
      ticked_ = now;
      wanted_ = tick_() && wanted_;
    }
    const bool late = now - begun_ >= limits_.time_max;
    run_.timed_out = run_.timed_out || (late && !ended_);
    run_.overflowed = run_.overflowed || run_.output.size() > kOutputBytesMax;
    if ((late || !wanted_ || run_.overflowed) && !ended_) {
      ended_ = now;
      signal(SIGTERM);
    } else if (ended_ && now - *ended_ >= kKillAfter) {
      signal(SIGKILL);
    }
  }

  void signal(int number) const {
    if (pid_ > 0) {
      ::kill(-pid_, number);
    }
  }

  const std::string& input_;
  const BatchLimits limits_;
  const std::function<bool()>& tick_;
  pid_t pid_ = 0;
  Fd in_{};
  Fd out_{};
  Fd err_{};
  std::size_t given_ = 0;
  std::array<char, kReadBytes> buffer_{};
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point ticked_ = Clock::now();
  std::optional<Clock::time_point> ended_{};
  bool wanted_ = true;
  BatchRun run_{};
};

}  // namespace

std::string BatchRun::why() const {
  const std::string how = timed_out    ? std::string("took too long")
                          : overflowed ? std::string("wrote too much")
                                       : fmt::format("exit code {}", exit_code);
  const std::size_t end = stderr_tail.find_last_not_of(" \r\n\t");
  return end == std::string::npos ? how
                                  : fmt::format("{}: {}", how, stderr_tail.substr(0, end + 1));
}

Result<BatchRun> run_batch(const std::string& command, const std::string& input,
                           const BatchLimits& limits, const std::function<bool()>& tick) {
  return Batch(input, limits, tick).run(command);
}

}  // namespace layer::cli
