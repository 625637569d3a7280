#include "features/capabilities/deployment.h"

namespace layer::features::capabilities {
namespace {

// Features of the gateway itself that this version does not serve.
constexpr std::string_view kNotBuilt[] = {"import_arrow"};

}  // namespace

const Deployment& this_deployment() {
  static const Deployment kDeployment = [] {
    Deployment deployment;
    deployment.hybrid_text = true;
    for (const std::string_view id : kNotBuilt) {
      deployment.features.declare(id, store::Support::kUnsupported,
                                  "this version of the gateway does not serve it");
    }
    return deployment;
  }();
  return kDeployment;
}

}  // namespace layer::features::capabilities
