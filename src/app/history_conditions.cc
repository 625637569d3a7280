#include "app/history_conditions.h"

#include <utility>

#include "features/history/settings.h"

namespace layer::app {

void tell_history(const std::vector<resources::Object<resources::IndexSpec>>& indexes,
                  resources::StatusTable& statuses, core::Logger& log) {
  for (const auto& index : indexes) {
    if (index.spec == nullptr || !index.in_force) {
      continue;
    }
    auto settings = features::history::compile_settings(*index.spec);
    const std::string& name = index.metadata.name;
    if (!settings.fault.empty()) {
      log.error("search history of a namespace is off: its rules cannot be followed",
                {{"index", name}, {"what", settings.fault}});
    }
    const bool fine = settings.fault.empty();
    statuses.set(
        resources::status_key(resources::Kind::kIndex, name),
        {.type = "HistoryConfigured",
         .status = fine ? resources::ConditionStatus::kTrue : resources::ConditionStatus::kFalse,
         .reason = fine ? "RulesCompiled" : "RuleInvalid",
         .message = std::move(settings.fault)});
  }
}

}  // namespace layer::app
