// Any bytes as a log record: a record or an error, never a crash, never memory beyond the input's
// scale.
#include <string_view>

#include "engine/namespace/record.h"
#include "testing/fuzz.h"

LAYER_FUZZ_TARGET(record_fuzz) {
  (void)layer::engine::ns::decode_record(
      std::string_view(reinterpret_cast<const char*>(data), size));
}
