#include "features/history/settings.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::features::history {
namespace {

Drop drop_of(const std::vector<std::string>& names) {
  const auto named = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  return {.raw_query = named("raw_query"),
          .filters = named("filters"),
          .client_id = named("client_id"),
          .user_id = named("user_id"),
          .session_id = named("session_id"),
          .top_result_ids = named("top_result_ids"),
          .query = named("query")};
}

Result<Redactor> redactor_of(const resources::IndexSpec& index) {
  Redactor redactor;
  for (std::size_t i = 0; i < index.history_redact.size(); ++i) {
    const auto& rule = index.history_redact[i];
    if (auto added = redactor.add(rule.pattern, rule.replace); !added) {
      return fail(ErrorCode::kValidation,
                  fmt::format("history.redact[{}].pattern: {}", i, added.error().message));
    }
  }
  for (const std::string& preset : index.history_presets) {
    if (auto added = redactor.add_preset(preset); !added) {
      return fail(ErrorCode::kValidation,
                  fmt::format("history.presets: {}", added.error().message));
    }
  }
  return redactor;
}

std::optional<std::int64_t> whole_days(std::chrono::milliseconds retention) {
  if (retention == resources::kNever) {
    return std::nullopt;
  }
  // Rounded up: a record is kept at least as long as was asked for.
  return std::chrono::ceil<std::chrono::days>(retention).count();
}

bool same_history(const resources::IndexSpec& a, const resources::IndexSpec& b) {
  return a.history == b.history && a.history_retention == b.history_retention &&
         a.history_presets == b.history_presets && a.history_drop == b.history_drop &&
         std::ranges::equal(a.history_redact, b.history_redact, [](const auto& x, const auto& y) {
           return x.pattern == y.pattern && x.replace == y.replace;
         });
}

const std::shared_ptr<const Settings>& defaults() {
  static const auto kDefaults = std::make_shared<const Settings>();
  return kDefaults;
}

}  // namespace

Settings compile_settings(const resources::IndexSpec& index) {
  using History = resources::IndexSpec::History;
  Settings settings{.mode = index.history == History::kOff      ? Mode::off
                            : index.history == History::kTagged ? Mode::tagged
                                                                : Mode::all,
                    .retention_days = whole_days(index.history_retention),
                    .drop = drop_of(index.history_drop)};
  auto redactor = redactor_of(index);
  if (redactor) {
    settings.redactor = std::move(*redactor);
  } else {
    settings.mode = Mode::off;
    settings.fault = std::move(redactor).error().message;
  }
  return settings;
}

std::shared_ptr<const Settings> SettingsCache::of(std::string_view ns) {
  const auto now = clock_.steady();
  {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(ns);
    if (found != entries_.end() && now - found->second.looked_at < kRefreshAfter) {
      return found->second.settings;
    }
  }
  auto index = find_index_(ns);
  const std::scoped_lock lock(mutex_);
  auto found = entries_.find(ns);
  if (found == entries_.end()) {
    if (entries_.size() >= kNamespacesMax) {
      entries_.clear();  // they come back when they are asked for
    }
    found = entries_.emplace(std::string(ns), Entry{}).first;
  }
  Entry& entry = found->second;
  const bool same = entry.settings != nullptr && (index == nullptr) == (entry.index == nullptr) &&
                    (index == nullptr || same_history(*index, *entry.index));
  if (!same) {
    entry.settings =
        index == nullptr ? defaults() : std::make_shared<const Settings>(compile_settings(*index));
  }
  entry.index = std::move(index);
  entry.looked_at = now;
  return entry.settings;
}

}  // namespace layer::features::history
