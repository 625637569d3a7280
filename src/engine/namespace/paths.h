// Names of files and directories of an engine directory; docs/formats/manifest.md lists them.
// Thread safety: free functions.
#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace layer::engine::ns {

inline constexpr std::string_view kLogPrefix = "log-";
inline constexpr std::string_view kSegmentPrefix = "segment-";
inline constexpr std::string_view kTombstonesPrefix = "tombstones-";
inline constexpr std::string_view kManifestName = "manifest";

// "." and ".." are names a namespace may have but no directory: the prefix makes all of them safe.
inline constexpr std::string_view kNamespacePrefix = "ns-";

inline std::string numbered(std::string_view prefix, std::uint64_t number) {
  return std::string(prefix) + std::to_string(number);
}
inline std::filesystem::path log_path(const std::filesystem::path& dir, std::uint64_t number) {
  return dir / numbered(kLogPrefix, number);
}
inline std::filesystem::path segment_path(const std::filesystem::path& dir, std::uint64_t number) {
  return dir / numbered(kSegmentPrefix, number);
}
inline std::filesystem::path tombstones_path(const std::filesystem::path& dir,
                                             std::uint64_t number) {
  return dir / numbered(kTombstonesPrefix, number);
}

// The number in "<prefix><number>", nullopt for any other name.
inline std::optional<std::uint64_t> number_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(prefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) {
    return std::nullopt;
  }
  return number;
}

}  // namespace layer::engine::ns
