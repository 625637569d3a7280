#include "core/options.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace layer::core {
namespace {

Result<void> check_range(const OptionSpec& spec, std::uint64_t value) {
  if (value < spec.min || value > spec.max) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("must be {}", describe_bounds(spec)));
  }
  return {};
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "1" || text == "on" || text == "yes") {
    return true;
  }
  if (text == "false" || text == "0" || text == "off" || text == "no") {
    return false;
  }
  return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is neither true nor false", text));
}

Result<void> check(const OptionSpec& spec, const std::string& text) {
  switch (spec.kind) {
    case OptionKind::kBool:
      LAYER_TRY(parse_bool(text));
      return {};
    case OptionKind::kUint: {
      LAYER_ASSIGN(const auto value, parse_uint(text));
      return check_range(spec, value);
    }
    case OptionKind::kBytes: {
      LAYER_ASSIGN(const auto value, parse_bytes(text));
      return check_range(spec, value);
    }
    case OptionKind::kDuration: {
      LAYER_ASSIGN(const auto value, parse_duration(text));
      return check_range(spec, static_cast<std::uint64_t>(value.count()));
    }
    case OptionKind::kAddress:
      if (text != "none") {
        LAYER_TRY(parse_host_port(text));
      }
      return {};
    case OptionKind::kChoice:
      if (const auto words = split_words(spec.choices);
          std::ranges::find(words, text) == words.end()) {
        return fail(ErrorCode::kInvalidArgument,
                    fmt::format("'{}' is not one of: {}", text, spec.choices));
      }
      return {};
    case OptionKind::kText:
    case OptionKind::kList:
      return {};
  }
  return {};
}

std::vector<std::string> from_variable(const OptionSpec& spec, const std::string& text) {
  if (spec.kind != OptionKind::kList) {
    return {text};
  }
  std::vector<std::string> items;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (const auto item = rest.substr(0, comma); !item.empty()) {
      items.emplace_back(item);
    }
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return items;
}

OptionValues::Entry choose(const OptionSpec& spec, const OptionSources& sources) {
  if (const auto it = sources.flags.find(spec.name); it != sources.flags.end()) {
    return {&spec, it->second, OptionOrigin::kFlag};
  }
  for (const std::string_view variable : split_words(spec.env)) {
    if (const auto text = sources.env ? sources.env(std::string(variable)) : std::nullopt;
        text && !text->empty()) {
      return {&spec, from_variable(spec, *text), OptionOrigin::kEnvironment, std::string(variable)};
    }
  }
  if (const auto it = sources.file.find(spec.name); it != sources.file.end()) {
    return {&spec, it->second, OptionOrigin::kFile};
  }
  if (spec.kind == OptionKind::kList && spec.default_value.empty()) {
    return {&spec, {}, OptionOrigin::kDefault};
  }
  return {&spec, {std::string(spec.default_value)}, OptionOrigin::kDefault};
}

std::string where(const OptionValues::Entry& entry) {
  switch (entry.origin) {
    case OptionOrigin::kFlag:
      return fmt::format("--{}", entry.spec->name);
    case OptionOrigin::kEnvironment:
      return entry.variable;
    case OptionOrigin::kFile:
      return fmt::format("{} in the configuration file", entry.spec->name);
    case OptionOrigin::kDefault:
      return fmt::format("the default of --{}", entry.spec->name);
  }
  return {};
}

std::string describe_number(OptionKind kind, std::uint64_t value) {
  if (kind == OptionKind::kBytes) {
    for (const auto& [unit, bytes] : {std::pair{"GiB", 1ULL << 30U}, std::pair{"MiB", 1ULL << 20U},
                                      std::pair{"KiB", 1ULL << 10U}}) {
      if (value >= bytes && value % bytes == 0) {
        return fmt::format("{}{}", value / bytes, unit);
      }
    }
  }
  if (kind == OptionKind::kDuration) {
    for (const auto& [unit, ms] :
         {std::pair{"h", 3'600'000ULL}, std::pair{"m", 60'000ULL}, std::pair{"s", 1'000ULL}}) {
      if (value >= ms && value % ms == 0) {
        return fmt::format("{}{}", value / ms, unit);
      }
    }
    return fmt::format("{}ms", value);
  }
  return fmt::format("{}", value);
}

}  // namespace

std::string_view name(OptionOrigin origin) {
  switch (origin) {
    case OptionOrigin::kDefault:
      return "default";
    case OptionOrigin::kFile:
      return "file";
    case OptionOrigin::kEnvironment:
      return "environment";
    case OptionOrigin::kFlag:
      return "flag";
  }
  return {};
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (space != 0) {
      words.push_back(text.substr(0, space));
    }
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return words;
}

std::string describe_bounds(const OptionSpec& spec) {
  const bool open = spec.max == std::numeric_limits<std::uint64_t>::max();
  if (spec.min == 0 && open) {
    return {};
  }
  if (open) {
    return fmt::format("at least {}", describe_number(spec.kind, spec.min));
  }
  return fmt::format("between {} and {}", describe_number(spec.kind, spec.min),
                     describe_number(spec.kind, spec.max));
}

const OptionValues::Entry& OptionValues::at(std::string_view option) const {
  const auto it =
      std::ranges::find_if(entries_, [&](const Entry& e) { return e.spec->name == option; });
  if (it == entries_.end()) {
    std::abort();
  }
  return *it;
}

const std::string& OptionValues::text(std::string_view option) const {
  return at(option).texts.back();
}

bool OptionValues::flag(std::string_view option) const {
  return parse_bool(text(option)).value_or(false);
}

std::uint64_t OptionValues::number(std::string_view option) const {
  return parse_bytes(text(option)).value_or(0);
}

std::chrono::milliseconds OptionValues::duration(std::string_view option) const {
  return parse_duration(text(option)).value_or(std::chrono::milliseconds(0));
}

const std::vector<std::string>& OptionValues::list(std::string_view option) const {
  return at(option).texts;
}

std::expected<OptionValues, std::vector<Error>> resolve_options(std::span<const OptionSpec> table,
                                                                unsigned role,
                                                                const OptionSources& sources) {
  OptionValues values;
  std::vector<Error> faults;
  for (const OptionSpec& spec : table) {
    if ((spec.roles & role) == 0) {
      continue;
    }
    auto entry = choose(spec, sources);
    for (const std::string& text : entry.texts) {
      if (auto checked = check(spec, text); !checked) {
        Error fault = std::move(checked).error();
        fault.message = fmt::format("{}: {}", where(entry), fault.message);
        faults.push_back(std::move(fault));
      }
    }
    values.entries_.push_back(std::move(entry));
  }
  for (const auto& [key, texts] : sources.file) {
    const bool known =
        std::ranges::any_of(table, [&](const OptionSpec& s) { return s.name == key; });
    if (!known) {
      faults.push_back(
          {.code = ErrorCode::kInvalidArgument,
           .message = fmt::format("{} in the configuration file: no such option", key)});
    }
  }
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return values;
}

std::string print_options(const OptionValues& values, bool explain) {
  std::string out;
  for (const auto& entry : values.entries()) {
    std::string shown;
    for (const std::string& text : entry.texts) {
      shown += shown.empty() ? "" : ", ";
      shown += entry.spec->secret && !text.empty() ? "\"***\"" : json_string(text);
    }
    if (entry.spec->kind == OptionKind::kList) {
      shown = fmt::format("[{}]", shown);
    }
    fmt::format_to(std::back_inserter(out), "{}: {}", entry.spec->name, shown);
    if (explain) {
      fmt::format_to(std::back_inserter(out), "  # {}{}{}", name(entry.origin),
                     entry.variable.empty() ? "" : " ", entry.variable);
    }
    out += '\n';
  }
  return out;
}

}  // namespace layer::core
