// Any bytes as a write body: understood exactly when a naive reading understands it, refused
// exactly when that refuses, the edited body is the original plus stamps, and streaming in small
// pieces gives the same bytes.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "features/writes/check_body.h"
#include "testing/fuzz.h"

LAYER_FUZZ_TARGET(write_splice_fuzz) {
  using namespace layer::features::writes;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const unsigned choice = body.empty() ? 0 : static_cast<unsigned char>(body.back());
  const StampRules rules{.stamp = choice % 5 != 1,
                         .shard_count = choice % 3 == 0 ? std::optional(7U) : std::nullopt};
  const std::string fault = broken_promise(body, rules, 1 + choice % 11);
  if (!fault.empty()) {
    std::fprintf(stderr, "%s\n", fault.c_str());
    std::abort();
  }
}
