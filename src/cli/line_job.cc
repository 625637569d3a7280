#include "cli/line_job.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/follow.h"
#include "cli/line_stream.h"

namespace layer::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{300};
constexpr std::string_view kEndLine = R"({"$end":)";
constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

struct JobView {
  std::string status;
  std::string error;
  double eta_s = 0;
  double progress = 0;
};

JobView view_of(const std::string& body) {
  boost::system::error_code ec;
  const auto value = boost::json::parse(body, ec);
  JobView view;
  if (ec || !value.is_object()) {
    return view;
  }
  const auto text = [&value](const char* name) {
    const auto* member = value.as_object().if_contains(name);
    return member != nullptr && member->is_string() ? std::string(member->as_string())
                                                    : std::string();
  };
  const auto number = [&value](const char* name) {
    const auto* member = value.as_object().if_contains(name);
    boost::system::error_code fault;
    const double found = member == nullptr ? 0 : member->to_number<double>(fault);
    return fault ? 0 : found;
  };
  return {.status = text("status"),
          .error = text("error"),
          .eta_s = number("eta_ms") / 1000,
          .progress = number("progress")};
}

// Where lines go.
class LineFile {
 public:
  // Empty or "-": standard output.
  explicit LineFile(std::string path) : path_(path == "-" ? std::string() : std::move(path)) {}
  ~LineFile() {
    if (file_ != nullptr && file_ != stdout) {
      std::fclose(file_);
    }
  }
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  bool is_file() const { return !path_.empty(); }
  std::string note() const { return path_ + ".job"; }

  // Keeps the whole lines that are there and drops what follows them.
  Result<std::uint64_t> go_on() {
    std::ifstream in(path_, std::ios::binary);
    std::string block(kCopyBytes, '\0');
    std::uint64_t lines = 0;
    std::uintmax_t whole = 0;
    std::uintmax_t at = 0;
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
      const std::string_view got(block.data(), static_cast<std::size_t>(in.gcount()));
      lines += static_cast<std::uint64_t>(std::ranges::count(got, '\n'));
      if (const std::size_t end = got.rfind('\n'); end != std::string_view::npos) {
        whole = at + end + 1;
      }
      at += got.size();
    }
    std::error_code ec;
    if (std::filesystem::exists(path_, ec)) {
      std::filesystem::resize_file(path_, whole, ec);
    }
    if (ec) {
      return fail(ErrorCode::kIo, fmt::format("{}: {}", path_, ec.message()));
    }
    LAYER_TRY(open("ab"));
    return lines;
  }
  Result<void> open(const char* mode) {
    file_ = is_file() ? std::fopen(path_.c_str(), mode) : stdout;
    if (file_ == nullptr) {
      return fail(ErrorCode::kIo, fmt::format("{} cannot be written", path_));
    }
    return {};
  }
  Result<void> write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0) {
      return fail(ErrorCode::kIo,
                  fmt::format("{} cannot be written", is_file() ? path_ : "standard output"));
    }
    return {};
  }

 private:
  std::string path_;
  std::FILE* file_ = nullptr;
};

class Following {
 public:
  Following(Session& session, const LineJob& job) : session_(session), job_(job) {}

  int run() {
    const bool resumes = !session_.flag("resume").empty();
    if (resumes && !out_.is_file()) {
      fmt::print(stderr, "layer: --resume: give the file with --out that is to be completed\n");
      return kUsage;
    }
    const Result<void> begun = resumes ? go_on() : begin();
    if (!begun) {
      fmt::print(stderr, "layer: {}\n", begun.error().message);
      return kFailure;
    }
    return id_.empty() ? session_.failure() : follow();
  }

 private:
  Result<void> begin() {
    LAYER_TRY(out_.open("wb"));
    Answer answer;
    if (!session_.call("POST", job_.jobs_target, job_.body, answer)) {
      return {};
    }
    id_ = job_id(answer.body);
    if (out_.is_file()) {
      std::ofstream(out_.note()) << id_ << '\n';
    }
    return {};
  }

  Result<void> go_on() {
    std::ifstream note(out_.note());
    if (!std::getline(note, id_) || id_.empty()) {
      return fail(
          ErrorCode::kNotFound,
          fmt::format("{} is not there: nothing was begun that could be resumed", out_.note()));
    }
    LAYER_ASSIGN(lines_, out_.go_on());
    lines_before_ = lines_;
    return {};
  }

  // First at the job, then at its results: those of a job that is over are all there.
  int follow() {
    const std::string target = job_.jobs_target + "/" + http::encode_segment(id_);
    while (true) {
      Answer answer;
      if (!session_.call("GET", target, {}, answer)) {
        return session_.failure();
      }
      const JobView view = view_of(answer.body);
      const bool over = view.status != "queued" && view.status != "running";
      if (over && view.status != "completed") {
        fmt::print(stderr, "{}layer: the job {} {}{}{}\n", clear(), id_, view.status,
                   view.error.empty() ? "" : ": ", view.error);
        return kFailure;
      }
      if (const int failed = read_results(fmt::format("{}/results?offset={}", target, lines_));
          failed != kOk) {
        return failed;
      }
      show(view);
      if (over) {
        break;
      }
      std::this_thread::sleep_for(kLookEvery);
    }
    finish();
    return kOk;
  }

  // The lines from there on, written block by block. An exit code; what went wrong was said.
  int read_results(const std::string& target) {
    std::string block;
    Result<void> written;
    const auto write_block = [&] {
      if (!block.empty()) {
        written = take(std::exchange(block, {}));
      }
      return written.has_value();
    };
    const auto answer = read_lines(session_, target, [&](std::string_view line) {
      block.append(line).append(1, '\n');
      return block.size() < kBlockBytes || write_block();
    });
    const bool is_written = write_block();
    if (answer && answer->status != 200) {
      fmt::print(stderr, "{}layer: {} {}\n", clear(), answer->status, message_of(answer->body));
      return exit_code_of(answer->status);
    }
    if (!answer || !is_written) {
      fmt::print(stderr, "{}layer: {}\n", clear(),
                 (answer ? written.error() : answer.error()).message);
      return kFailure;
    }
    return kOk;
  }

  Result<void> take(std::string_view lines) {
    const std::size_t last =
        lines.size() < 2 ? std::string_view::npos : lines.rfind('\n', lines.size() - 2);
    const std::size_t begin = last == std::string_view::npos ? 0 : last + 1;
    if (lines.substr(begin).starts_with(kEndLine)) {
      lines = lines.substr(0, begin);
    }
    lines_ += static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
    return out_.write(job_.format ? job_.format(lines) : std::string(lines));
  }

  double rate() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    return seconds <= 0 ? 0 : static_cast<double>(lines_ - lines_before_) / seconds;
  }
  std::string_view clear() const { return terminal_ ? "\r\x1b[K" : ""; }
  void show(const JobView& view) {
    if (terminal_) {
      fmt::print(stderr, "{}{:3.0f} %  {} {}, {:.0f} a second{}", clear(), view.progress * 100,
                 lines_, job_.unit, rate(),
                 view.eta_s > 0 ? fmt::format(", {:.0f} s left", view.eta_s) : "");
    }
  }
  void finish() {
    const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    fmt::print(stderr, "{}{} {} in {:.1f} s, {:.0f} a second\n", clear(), lines_, job_.unit,
               seconds, rate());
    if (out_.is_file()) {
      std::error_code ec;
      std::filesystem::remove(out_.note(), ec);
    }
  }

  Session& session_;
  const LineJob& job_;
  LineFile out_{session_.flag("out")};
  std::string id_{};
  std::uint64_t lines_ = 0;
  std::uint64_t lines_before_ = 0;  // of an earlier run
  const Clock::time_point begun_ = Clock::now();
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

}  // namespace

int run_line_job(Session& session, const LineJob& job) {
  return Following(session, job).run();
}

}  // namespace layer::cli
