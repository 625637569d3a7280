#include "app/gateway_id.h"

#include <charconv>
#include <fstream>

#include <fmt/format.h>

#include "core/random.h"

namespace layer::app {
namespace {

constexpr std::size_t kDigits = 16;

Result<std::uint64_t> parse(const std::string& text, const std::filesystem::path& path) {
  std::uint64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (ec != std::errc{} || text.size() != kDigits || end != text.data() + kDigits) {
    return fail(
        ErrorCode::kCorrupt,
        fmt::format("{} should hold 16 hex digits; remove it to get a new id", path.string()));
  }
  return id;
}

}  // namespace

Result<std::uint64_t> load_gateway_id(const std::filesystem::path& data_dir) {
  const std::filesystem::path path = data_dir / "gateway-id";
  if (std::ifstream file(path); file) {
    std::string text;
    file >> text;
    return parse(text, path);
  }
  std::error_code ec;
  std::filesystem::create_directories(data_dir, ec);
  const std::uint64_t id = core::random_u64();
  // Written beside and renamed, so that a process that dies leaves no half of it.
  const std::filesystem::path draft = data_dir / "gateway-id.tmp";
  const bool written = static_cast<bool>(std::ofstream(draft) << core::hex(id) << '\n');
  if (written) {
    std::filesystem::rename(draft, path, ec);
  }
  if (!written || ec) {
    return fail(ErrorCode::kIo, fmt::format("cannot write {}", path.string()));
  }
  return id;
}

}  // namespace layer::app
