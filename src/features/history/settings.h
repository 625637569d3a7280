// What is kept of a namespace's searches, and how they are made harmless before they reach a disk:
// the history block of its Index, compiled (rule HI11 of the contract).
// Thread safety: immutable once compiled; SettingsCache from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/error.h"
#include "features/history/redactor.h"
#include "resources/kinds.h"

namespace layer::features::history {

enum class Mode : std::uint8_t { all, tagged, off };

// Members that are never kept.
struct Drop {
  bool raw_query = false;
  bool filters = false;
  bool client_id = false;
  bool user_id = false;
  bool session_id = false;
  bool top_result_ids = false;
  bool query = false;
};

struct Settings {
  Mode mode = Mode::all;
  std::optional<std::int64_t> retention_days{};  // nullopt: for ever
  Redactor redactor{};
  Drop drop{};
  // Why a rule cannot be followed; history of the namespace is then off, because what the rule was
  // to hide would be kept. Empty: all is well.
  std::string fault{};
};

// Never fails: what does not compile is told in Settings::fault, with Mode::off.
Settings compile_settings(const resources::IndexSpec& index);

// The settings of each namespace, compiled when its Index first says so. A change is seen within
// kRefreshAfter. Cost of a hit: one lock and one hash look-up.
class SettingsCache {
 public:
  // The Index that speaks for a namespace; null: none, default settings. From any thread.
  using FindIndex = std::function<std::shared_ptr<const resources::IndexSpec>(std::string_view ns)>;
  // The clock outlives the cache.
  SettingsCache(FindIndex find_index, const core::Clock& clock)
      : find_index_(std::move(find_index)), clock_(clock) {}

  // Never null.
  std::shared_ptr<const Settings> of(std::string_view ns);

  static constexpr std::chrono::seconds kRefreshAfter{5};
  static constexpr std::size_t kNamespacesMax = 10'000;

 private:
  struct Entry {
    std::shared_ptr<const resources::IndexSpec> index;
    std::shared_ptr<const Settings> settings;
    core::Clock::TimePoint looked_at;
  };

  const FindIndex find_index_;
  const core::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace layer::features::history
