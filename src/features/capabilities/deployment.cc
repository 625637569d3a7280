#include "features/capabilities/deployment.h"

namespace layer::features::capabilities {
namespace {

// Features of the gateway itself that this version does not serve.
constexpr std::string_view kNotBuilt[] = {
    "search_after", "facet",   "import_arrow", "udf",     "nearest_to_id", "include_leg_breakdown",
    "auto",         "threads", "history",      "scatter", "ubi",
};

}  // namespace

const Deployment& this_deployment() {
  static const Deployment kDeployment = [] {
    Deployment deployment;
    for (const std::string_view id : kNotBuilt) {
      deployment.features.declare(id, store::Support::kUnsupported,
                                  "this version of the gateway does not serve it");
    }
    return deployment;
  }();
  return kDeployment;
}

}  // namespace layer::features::capabilities
