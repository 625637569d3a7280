// Bytes that a cache gives back, whatever they are: decoded or refused, never a crash; what is
// decoded is encoded as it was.
#include <cstdlib>
#include <string_view>

#include "cache/fence_records.h"
#include "cache/record_head.h"
#include "cache/sealed.h"
#include "testing/fuzz.h"

namespace {

// The checksum would stop nearly every input at the door: the content is tried under a right one.
template <class Decode>
void round_trip(layer::cache::SealedKind kind, std::string_view content, Decode decode) {
  const std::string sealed = layer::cache::seal(kind, content);
  const auto value = decode(sealed);
  if (value && decode(encode(*value)) != value) {
    std::abort();
  }
  (void)decode(content);
}

}  // namespace

LAYER_FUZZ_TARGET(cache_record_fuzz) {
  using namespace layer::cache;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  round_trip(SealedKind::kHead, input, decode_head);
  round_trip(SealedKind::kFence, input, decode_fence);
  round_trip(SealedKind::kMember, input, decode_member);
  round_trip(SealedKind::kCertificate, input, decode_certificate);
  (void)decode_epoch(input);
}
