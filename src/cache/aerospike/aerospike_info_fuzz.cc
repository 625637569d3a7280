// Whatever a server says of itself, its peers, its partitions and a log-in is read or refused.
#include <cstdlib>

#include "cache/aerospike/info.h"
#include "cache/aerospike/login.h"
#include "cache/aerospike/partition_map.h"
#include "cache/aerospike/scan.h"
#include "testing/fuzz.h"

using namespace layer::cache::aerospike;  // NOLINT(google-build-using-namespace)

LAYER_FUZZ_TARGET(aerospike_info_fuzz) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto& [question, answer] : parse_info(bytes)) {
    if (question.size() + answer.size() > size) {
      std::abort();
    }
    (void)parse_peers(answer);
    (void)parse_replicas(answer, "hevlayer");
    (void)find_number(answer, ';', "evicted_objects");
  }
  (void)parse_peers(bytes);
  (void)parse_replicas(bytes, "ns");
  (void)parse_login_reply(bytes);
  if (const auto cursor = ScanCursor::parse(bytes)) {
    const auto again = ScanCursor::parse(cursor->print());
    if (!again || again->print() != cursor->print()) {
      std::abort();
    }
  }
}
