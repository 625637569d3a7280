#include "operator/process/process_launcher.h"

#include <array>
#include <cctype>
#include <csignal>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "operator/process/output_file.h"
#include "operator/process/output_lines.h"

namespace layer::workers {
namespace {

using Stream = async::asio::posix::basic_stream_descriptor<async::Executor>;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kPipeBytes = 64 * 1024;  // that the system holds

// "Pipeline/books" and "books-1": "pipeline-books-1.log". Names of objects need no escaping.
std::string file_name(std::string_view object, std::string_view worker) {
  std::string name(object.substr(0, object.find('/')));
  for (char& c : name) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name.append("-").append(worker).append(".log");
}

class ChildWorker final : public Worker {
 public:
  ChildWorker(const ProcessLauncher::Parts& parts, Process process, std::string object,
              std::string worker)
      : log_(parts.log),
        pool_(parts.pool),
        pid_(process.pid),
        object_(std::move(object)),
        worker_(std::move(worker)),
        handle_(parts.loop.get_executor(), process.handle.release()),
        output_(parts.loop.get_executor(), process.output.release()),
        file_(parts.folder / file_name(object_, worker_)) {}
  ~ChildWorker() override {
    if (!reaped_) {
      send_signal(pid_, SIGKILL);
      reap(pid_);
    }
  }

  void signal(int number) override {
    if (!reaped_) {
      send_signal(pid_, number);
    }
  }

  async::Task<Exit> ended() override {
    using async::asio::experimental::awaitable_operators::operator&&;
    co_await (exited() && print());
    reaped_ = true;
    const Exit exit = reap(pid_);
    co_await print_rest();
    co_return exit;
  }

 private:
  async::Task<> exited() {
    co_await handle_.async_wait(Stream::wait_read, async::kToken);
    gone_ = true;
    // It may have left its output open to others.
    boost::system::error_code error;
    output_.cancel(error);
  }
  // Until the program has ended, or closed its output.
  async::Task<> print() {
    while (!gone_) {
      const auto [error, count] =
          co_await output_.async_read_some(async::asio::buffer(buffer_), async::kToken);
      if (error) {
        co_return;
      }
      co_await keep(lines_.take({buffer_.data(), count}));
    }
  }
  // What was in the pipe then.
  async::Task<> print_rest() {
    boost::system::error_code error;
    output_.non_blocking(true, error);
    for (std::size_t left = kPipeBytes / kReadBytes; left > 0; --left) {
      const std::size_t count = output_.read_some(async::asio::buffer(buffer_), error);
      if (error) {
        break;
      }
      co_await keep(lines_.take({buffer_.data(), count}));
    }
    if (std::string last = lines_.rest(); !last.empty()) {
      std::vector<std::string> lines;
      lines.push_back(std::move(last));
      co_await keep(std::move(lines));
    }
  }
  // A worker that prints faster than this can be kept waits at its pipe.
  async::Task<> keep(std::vector<std::string> lines) {
    if (lines.empty()) {
      co_return;
    }
    std::string text;
    for (const std::string& line : lines) {
      log_.info("worker prints", {{"object", object_}, {"worker", worker_}, {"line", line}});
      text.append(line).append("\n");
    }
    const auto kept = co_await pool_.run([&] { return file_.append(text); });
    if (kept && !*kept && !std::exchange(complained_, true)) {
      log_.warn("what a worker prints is in the log alone",
                {{"worker", worker_}, {"error", kept->error().message}});
    }
  }

  core::Logger& log_;
  async::CpuPool& pool_;
  const pid_t pid_;
  const std::string object_;
  const std::string worker_;
  Stream handle_;
  Stream output_;
  OutputFile file_;
  OutputLines lines_;
  std::array<char, kReadBytes> buffer_{};
  bool gone_ = false;
  bool reaped_ = false;
  bool complained_ = false;
};

}  // namespace

async::Task<Result<std::unique_ptr<Worker>>> ProcessLauncher::launch(Command command,
                                                                     std::string object,
                                                                     std::string worker) {
  LAYER_CO_ASSIGN(auto started, co_await parts_.pool.run([&] { return start_process(command); }));
  LAYER_CO_ASSIGN(Process process, std::move(started));
  parts_.log.info("a worker begins", {{"object", object},
                                      {"worker", worker},
                                      {"process", static_cast<std::int64_t>(process.pid)}});
  co_return std::make_unique<ChildWorker>(parts_, std::move(process), std::move(object),
                                          std::move(worker));
}

}  // namespace layer::workers
