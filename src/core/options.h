// One table of options feeds flags, environment variables, the configuration file, `config print`
// and the reference page. Values are texts until they are asked for by type; all are checked when
// resolved. Thread safety: plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::core {

enum class OptionKind : std::uint8_t {
  kText,
  kBool,
  kUint,
  kBytes,     // min and max in bytes
  kDuration,  // min and max in milliseconds
  kAddress,   // host:port or "none"
  kChoice,    // one of `choices`
  kList,      // repeatable; comma separated in the environment
};

struct OptionSpec {
  std::string_view name;  // the flag without "--", the key in the file
  std::string_view env;   // names in order of preference, separated by spaces
  OptionKind kind = OptionKind::kText;
  std::string_view default_value;
  std::string_view help;
  unsigned roles = ~0U;  // the commands that know it
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  std::string_view choices{};  // separated by spaces
  bool secret = false;
};

enum class OptionOrigin : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };
std::string_view name(OptionOrigin origin);

using RawOptions = std::map<std::string, std::vector<std::string>, std::less<>>;

struct OptionSources {
  RawOptions flags{};
  std::function<std::optional<std::string>(const std::string&)> env{};
  RawOptions file{};
};

class OptionValues {
 public:
  struct Entry {
    const OptionSpec* spec;
    std::vector<std::string> texts;
    OptionOrigin origin;
    std::string variable{};  // the environment variable, if it was one
  };

  // Each name must be in the table for the role: a missing one is a programming error.
  const std::string& text(std::string_view option) const;
  bool flag(std::string_view option) const;
  std::uint64_t number(std::string_view option) const;  // kUint and kBytes
  std::chrono::milliseconds duration(std::string_view option) const;
  const std::vector<std::string>& list(std::string_view option) const;

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  friend std::expected<OptionValues, std::vector<Error>> resolve_options(
      std::span<const OptionSpec> table, unsigned role, const OptionSources& sources);
  const Entry& at(std::string_view option) const;
  std::vector<Entry> entries_;
};

// Flag before environment before file before default. Every fault is in the list, not the first one
// only.
std::expected<OptionValues, std::vector<Error>> resolve_options(std::span<const OptionSpec> table,
                                                                unsigned role,
                                                                const OptionSources& sources);

// What `config print` shows; secrets as ***. With `explain`, the origin of each value as a comment.
std::string print_options(const OptionValues& values, bool explain);
// "8 KiB .. 1 GiB" and the like; empty without bounds.
std::string describe_bounds(const OptionSpec& spec);
std::vector<std::string_view> split_words(std::string_view text);

}  // namespace layer::core
