#include "app/registered_functions.h"

#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "json/document.h"
#include "json/writer.h"

namespace layer::app {
namespace {

constexpr std::uint64_t kVersion = 1;

std::unexpected<Error> corrupt(const std::filesystem::path& file) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("'{}' is no list of functions of version {}; remove it, and functions "
                          "whose resources are gone with it",
                          file.string(), kVersion));
}

}  // namespace

Result<std::set<std::string>> read_registered(const std::filesystem::path& file) {
  std::error_code ec;
  if (!std::filesystem::exists(file, ec) && !ec) {
    return std::set<std::string>();
  }
  std::ifstream in(file);
  if (!in) {
    return fail(ErrorCode::kIo, fmt::format("cannot read '{}'", file.string()));
  }
  const auto document = json::Document::parse({std::istreambuf_iterator<char>(in), {}});
  std::uint64_t version = 0;
  json::Array names;
  if (!document || document->root()["v"].get(version) != simdjson::SUCCESS || version != kVersion ||
      document->root()["functions"].get(names) != simdjson::SUCCESS) {
    return corrupt(file);
  }
  std::set<std::string> all;
  for (const json::Value each : names) {
    std::string_view name;
    if (each.get(name) != simdjson::SUCCESS) {
      return corrupt(file);
    }
    all.emplace(name);
  }
  return all;
}

Result<void> write_registered(const std::filesystem::path& file,
                              const std::set<std::string>& names) {
  json::Writer out;
  out.begin_object().member("v", kVersion).key("functions").begin_array();
  for (const std::string& name : names) {
    out.value(name);
  }
  out.end_array().end_object();
  const std::filesystem::path draft = file.string() + ".tmp";
  std::ofstream(draft) << std::move(out).take() << '\n';
  std::error_code ec;
  std::filesystem::rename(draft, file, ec);
  if (ec) {
    return fail(ErrorCode::kIo, fmt::format("cannot write '{}': {}", file.string(), ec.message()));
  }
  return {};
}

}  // namespace layer::app
