#include "cli/export_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace layer::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::uint64_t kStateVersion = 1;

std::unexpected<Error> failed(std::string_view what, const std::string& path) {
  return fail(ErrorCode::kIo, fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

Result<void> write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return failed("cannot write", path);
    }
    text.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  return {};
}

// A small file that is there whole or as it was.
Result<void> replace(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) {
    return failed("cannot write", fresh);
  }
  auto written = write_all(file, text, fresh);
  ::close(file);
  LAYER_TRY(std::move(written));
  return std::rename(fresh.c_str(), path.c_str()) == 0 ? Result<void>{}
                                                       : failed("cannot write", path);
}

}  // namespace

std::string print_state(const ExportState& state) {
  json::object out;
  out["v"] = kStateVersion;
  out["job"] = state.job;
  out["namespace"] = state.ns;
  out["format"] = state.format;
  out["ask"] = state.ask;
  json::array columns;
  for (const std::string& column : state.columns) {
    columns.emplace_back(column);
  }
  out["columns"] = std::move(columns);
  out["rows"] = state.rows;
  out["bytes"] = state.bytes;
  return json::serialize(out) + "\n";
}

std::optional<ExportState> parse_state(std::string_view text) {
  boost::system::error_code ec;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), ec);
  const json::object* object = ec ? nullptr : parsed.if_object();
  if (object == nullptr) {
    return std::nullopt;
  }
  bool good = true;
  const auto text_of = [&](const char* name) {
    const auto* value = object->if_contains(name);
    const json::string* found = value == nullptr ? nullptr : value->if_string();
    good = good && found != nullptr;
    return found == nullptr ? std::string() : std::string(*found);
  };
  const auto number_of = [&](const char* name) {
    const auto* value = object->if_contains(name);
    boost::system::error_code not_one;
    const auto found =
        value == nullptr ? std::uint64_t{} : value->to_number<std::uint64_t>(not_one);
    good = good && value != nullptr && !not_one;
    return found;
  };
  ExportState state{.job = text_of("job"),
                    .ns = text_of("namespace"),
                    .format = text_of("format"),
                    .ask = text_of("ask"),
                    .rows = number_of("rows"),
                    .bytes = number_of("bytes")};
  const auto* columns = object->if_contains("columns");
  if (!good || number_of("v") != kStateVersion || columns == nullptr || !columns->is_array()) {
    return std::nullopt;
  }
  for (const json::value& each : columns->as_array()) {
    if (!each.is_string()) {
      return std::nullopt;
    }
    state.columns.emplace_back(each.as_string());
  }
  return state;
}

ExportFile::~ExportFile() {
  if (file_ >= 0 && to_disk()) {
    ::close(file_);
  }
}

std::optional<ExportState> ExportFile::left() const {
  std::ifstream in(state_path());
  if (!to_disk() || !in) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << in.rdbuf();
  return parse_state(text.str());
}

Result<void> ExportFile::open(const ExportState& state) {
  if (!to_disk()) {
    file_ = STDOUT_FILENO;
    return {};
  }
  file_ = ::open(partial().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const auto end = static_cast<off_t>(state.bytes);
  if (file_ < 0) {
    return failed("cannot write", partial());
  }
  if (::lseek(file_, 0, SEEK_END) < end) {
    return fail(ErrorCode::kIo, partial() + " is shorter than it was; start without --resume");
  }
  if (::ftruncate(file_, end) != 0 || ::lseek(file_, end, SEEK_SET) != end) {
    return failed("cannot write", partial());
  }
  return checkpoint(state);
}

Result<void> ExportFile::write(std::string_view text) {
  buffer_ += text;
  return buffer_.size() < kBufferBytes ? Result<void>{} : flush();
}

Result<void> ExportFile::flush() {
  LAYER_TRY(write_all(file_, buffer_, to_disk() ? partial() : "standard output"));
  buffer_.clear();
  return {};
}

Result<void> ExportFile::checkpoint(const ExportState& state) {
  LAYER_TRY(flush());
  if (!to_disk()) {
    return {};
  }
  if (::fdatasync(file_) != 0) {
    return failed("cannot write", partial());
  }
  return replace(state_path(), print_state(state));
}

Result<void> ExportFile::finish() {
  LAYER_TRY(flush());
  if (!to_disk()) {
    return {};
  }
  if (::fdatasync(file_) != 0 || std::rename(partial().c_str(), path_.c_str()) != 0) {
    return failed("cannot write", path_);
  }
  ::unlink(state_path().c_str());
  return {};
}

}  // namespace layer::cli
