// Any bytes: the scanner never crashes, does not care where pieces end, and agrees with a full
// parse of everything that is JSON: it finds the same sources, in the same order.
#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "gateway/auth/source_model.h"
#include "testing/fuzz.h"

LAYER_FUZZ_TARGET(body_names_fuzz) {
  if (!layer::gateway::source_model::agrees({reinterpret_cast<const char*>(data), size})) {
    std::abort();
  }
}
