// Whatever a server sends about records is read to its end or refused, and what was read lies
// within the bytes that came.
#include <cstdlib>

#include "cache/aerospike/frame.h"
#include "cache/aerospike/record.h"
#include "testing/fuzz.h"

using namespace layer::cache::aerospike;  // NOLINT(google-build-using-namespace)

LAYER_FUZZ_TARGET(aerospike_reply_fuzz) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size >= kFrameHeadBytes) {
    const auto head = parse_frame_head(bytes.substr(0, kFrameHeadBytes), size);
    if (head && head->bytes > size) {
      std::abort();
    }
  }
  Reader reader(bytes);
  while (reader.left() > 0) {
    const std::size_t before = reader.left();
    const auto message = parse_message(reader);
    if (!message) {
      return;
    }
    std::size_t total = message->key.size() + message->digest.size();
    for (const BinView& bin : message->bins) {
      total += bin.name.size() + bin.value.size();
    }
    if (reader.left() >= before || total > before) {
      std::abort();
    }
    (void)record_of(*message);
  }
}
