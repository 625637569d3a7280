#include "operator/process/registrar.h"

#include <utility>

namespace layer::workers {
namespace {

resources::Condition say(resources::ConditionStatus status, std::string reason,
                         std::string message) {
  return {.type = "Registered",
          .status = status,
          .reason = std::move(reason),
          .message = std::move(message)};
}

}  // namespace

resources::Condition registered() {
  return say(resources::ConditionStatus::kTrue, "Registered", {});
}
resources::Condition not_yet_registered(std::string message) {
  return say(resources::ConditionStatus::kUnknown, "NotYet", std::move(message));
}
resources::Condition not_registered(std::string reason, std::string message) {
  return say(resources::ConditionStatus::kFalse, std::move(reason), std::move(message));
}

}  // namespace layer::workers
