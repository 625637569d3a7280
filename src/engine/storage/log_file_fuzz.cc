// Any bytes as a log file: an answer or an error, never a crash, and never more records than bytes.
#include <cstdlib>
#include <span>

#include "engine/storage/log.h"
#include "testing/fuzz.h"

LAYER_FUZZ_TARGET(log_file_fuzz) {
  using namespace layer::engine::storage;
  const auto bytes = std::as_bytes(std::span(data, size));
  std::uint64_t payload_bytes = 0;
  const auto scan =
      scan_log(bytes, "fuzz", [&](std::uint64_t, std::string_view payload) -> layer::Result<void> {
        payload_bytes += payload.size();
        return {};
      });
  if (scan && (scan->valid_bytes > size || payload_bytes > size)) {
    std::abort();
  }
  (void)log_first_sequence(bytes, "fuzz");
}
