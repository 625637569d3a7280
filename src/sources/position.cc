#include "sources/position.h"

#include <fstream>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace layer::sources {
namespace {

std::unexpected<Error> failed(const std::filesystem::path& path, std::string_view what) {
  return fail(ErrorCode::kIo, fmt::format("{} cannot be {}", path.string(), what));
}

}  // namespace

Result<Position> Position::open(const std::filesystem::path& path) {
  std::error_code ec;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), ec);
  }
  Position position;
  std::ifstream old(path);
  for (std::string line; std::getline(old, line);) {
    boost::system::error_code torn;
    const auto entry = boost::json::parse(line, torn);
    const auto* pair = torn ? nullptr : entry.if_array();
    if (pair != nullptr && pair->size() == 2 && pair->at(0).is_string() &&
        pair->at(1).is_string()) {
      position.hashes_[std::string(pair->at(0).as_string())] = pair->at(1).as_string();
    }
  }
  LAYER_TRY(position.rewrite(path));
  return position;
}

// Without what later lines replaced. The old file stays until the new one is whole.
Result<void> Position::rewrite(const std::filesystem::path& path) {
  const std::filesystem::path fresh = path.string() + ".new";
  file_.reset(std::fopen(fresh.c_str(), "we"));
  if (file_ == nullptr) {
    return failed(fresh, "written");
  }
  for (const auto& [document, hash] : hashes_) {
    LAYER_TRY(append(document, hash));
  }
  std::error_code ec;
  if (std::fflush(file_.get()) != 0) {
    return failed(fresh, "written");
  }
  std::filesystem::rename(fresh, path, ec);
  if (ec) {
    return failed(path, "replaced");
  }
  return {};
}

bool Position::knows(const std::string& document, std::string_view hash) const {
  const auto found = hashes_.find(document);
  return found != hashes_.end() && found->second == hash;
}

Result<void> Position::append(const std::string& document, const std::string& hash) {
  const std::string line = boost::json::serialize(boost::json::array{document, hash}) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
    return fail(ErrorCode::kIo, "the file of what was staged cannot be written");
  }
  return {};
}

Result<void> Position::note(const std::string& document, const std::string& hash) {
  hashes_[document] = hash;
  if (file_ == nullptr) {
    return {};
  }
  LAYER_TRY(append(document, hash));
  if (std::fflush(file_.get()) != 0) {
    return fail(ErrorCode::kIo, "the file of what was staged cannot be written");
  }
  return {};
}

}  // namespace layer::sources
