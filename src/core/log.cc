#include "core/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/text.h"

namespace layer::core {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames{"debug", "info", "warn", "error", "off"};

void append_time(std::string& out, std::int64_t wall_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(wall_ms)};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  fmt::format_to(std::back_inserter(out), "{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                 fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                 (at - seconds).count());
}

void append_value(std::string& out, const LogField& field, bool quote) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string_view>) {
          const bool plain = !quote && !value.empty() &&
                             value.find_first_of(" \"=\\\n\r\t") == std::string_view::npos;
          plain ? void(out += value) : append_json_string(out, value);
        } else if constexpr (std::is_same_v<T, double>) {
          fmt::format_to(std::back_inserter(out), "{:.3f}", value);
        } else {
          fmt::format_to(std::back_inserter(out), "{}", value);
        }
      },
      field.value);
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (text == kLevelNames[i]) {
      return static_cast<LogLevel>(i);
    }
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a log level: use debug, info, warn, error or off", text));
}

Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "json") {
    return LogFormat::kJson;
  }
  if (text == "text") {
    return LogFormat::kText;
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a log format: use json or text", text));
}

std::string format_log_line(LogFormat format, std::int64_t wall_ms, LogLevel level,
                            std::string_view message, std::initializer_list<LogField> fields) {
  const std::string_view name = kLevelNames[static_cast<std::size_t>(level)];
  std::string line;
  line.reserve(256);
  if (format == LogFormat::kJson) {
    line += R"({"time":")";
    append_time(line, wall_ms);
    line += R"(","level":")";
    line += name;
    line += R"(","message":)";
    append_json_string(line, message);
    for (const LogField& field : fields) {
      line += ',';
      append_json_string(line, field.key);
      line += ':';
      append_value(line, field, true);
    }
    line += '}';
    return line;
  }
  append_time(line, wall_ms);
  fmt::format_to(std::back_inserter(line), " {:<5} {}", name, message);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field, false);
  }
  return line;
}

// Lines are collected in one string and written with one system call per wake-up.
struct Logger::Sink {
  explicit Sink(const Options& options) : lines_max(options.queue_lines_max) {
    if (!options.file.empty()) {
      const int opened =
          ::open(options.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
      if (opened >= 0) {
        file = opened;
      }
    }
    writer = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~Sink() {
    writer.request_stop();
    changed.notify_all();
    writer.join();
    if (file != STDERR_FILENO) {
      ::close(file);
    }
  }
  void push(std::string_view line) {
    {
      const std::lock_guard lock(mutex);
      if (lines >= lines_max) {
        ++dropped;
        return;
      }
      ++lines;
      pending += line;
      pending += '\n';
    }
    changed.notify_one();
  }
  void flush() {
    std::unique_lock lock(mutex);
    written.wait(lock, [this] { return pending.empty() && !writing; });
  }
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return !pending.empty() || stop.stop_requested(); });
      if (pending.empty()) {
        return;
      }
      std::string batch = std::exchange(pending, {});
      if (dropped > 0) {
        batch +=
            fmt::format("{{\"level\":\"warn\",\"message\":\"log lines dropped\",\"count\":{}}}\n",
                        std::exchange(dropped, 0));
      }
      lines = 0;
      writing = true;
      lock.unlock();
      write_all(batch);
      lock.lock();
      writing = false;
      written.notify_all();
    }
  }
  void write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(file, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) {
        continue;
      }
      if (n <= 0) {
        return;  // nowhere left to report it
      }
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  const std::size_t lines_max;
  int file = STDERR_FILENO;
  std::mutex mutex;
  std::condition_variable changed;
  std::condition_variable written;
  std::string pending;
  std::size_t lines = 0;
  std::size_t dropped = 0;
  bool writing = false;
  std::jthread writer;
};

Logger::Logger(Options options)
    : level_(options.level), format_(options.format), sink_(std::make_unique<Sink>(options)) {}

Logger::~Logger() = default;

void Logger::log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!enabled(level) || level == LogLevel::kOff) {
    return;
  }
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  sink_->push(format_log_line(format_, now.count(), level, message, fields));
}

void Logger::flush() {
  sink_->flush();
}

}  // namespace layer::core
