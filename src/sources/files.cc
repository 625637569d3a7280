#include "sources/files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace layer::sources {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

// Sorted, so that runs go the same way.
Result<std::vector<fs::path>> files_below(const fs::path& directory) {
  std::error_code ec;
  fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied, ec);
  if (ec) {
    return wrong(fmt::format("{}: {}", directory.string(), ec.message()));
  }
  std::vector<fs::path> files;
  while (!ec && at != fs::recursive_directory_iterator()) {
    const bool hidden = at->path().filename().native().starts_with('.');
    std::error_code gone;
    if (hidden && at->is_directory(gone)) {
      at.disable_recursion_pending();
    } else if (!hidden && !at->is_symlink(gone) && at->is_regular_file(gone)) {
      files.push_back(at->path());
    }
    at.increment(ec);
  }
  std::ranges::sort(files);
  return files;
}

Result<Record> read_file(const fs::path& file, const std::string& relative) {
  std::error_code ec;
  const auto bytes = fs::file_size(file, ec);
  if (ec || bytes > kFileBytesMax) {
    return wrong(fmt::format("{}: {}", relative,
                             ec ? ec.message() : fmt::format("above {} bytes", kFileBytesMax)));
  }
  std::ifstream in(file, std::ios::binary);
  std::string text(bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(bytes));
  text.resize(static_cast<std::size_t>(in.gcount()));
  // The parser of the text as a JSON string checks its UTF-8.
  boost::system::error_code torn;
  boost::json::parse(boost::json::serialize(boost::json::value(text)), torn);
  if (torn || text.find('\0') != std::string::npos) {
    return wrong(relative + ": is no text in UTF-8");
  }
  return Record{{"path", relative},
                {"name", file.filename().string()},
                {"text", std::move(text)},
                {"bytes", bytes}};
}

Result<Record> read_line(const std::string& line, std::size_t number) {
  boost::system::error_code ec;
  if (line.size() > kLineBytesMax) {
    return wrong(fmt::format("line {}: above {} bytes", number, kLineBytesMax));
  }
  auto value = boost::json::parse(line, ec);
  if (ec || !value.is_object()) {
    return wrong(fmt::format("line {}: is no JSON object", number));
  }
  return std::move(value.as_object());
}

}  // namespace

Result<void> read_directory(const std::string& directory, const Sink& sink) {
  LAYER_ASSIGN(const auto files, files_below(directory));
  for (const fs::path& file : files) {
    if (!sink(read_file(file, file.lexically_relative(directory).generic_string()))) {
      break;
    }
  }
  return {};
}

Result<void> read_json_lines(const std::string& path, const Sink& sink) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return wrong(path + ": cannot be read");
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') {
      line.pop_back();
    }
    if (!line.empty() && !sink(read_line(line, number))) {
      break;
    }
  }
  return {};
}

}  // namespace layer::sources
