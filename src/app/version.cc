#include "app/version.h"

namespace layer::app {

std::string_view version() {
  return LAYER_VERSION;
}

std::string_view commit() {
  return LAYER_COMMIT;
}

}  // namespace layer::app
