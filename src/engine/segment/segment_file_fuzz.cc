// Opens damaged segments and reads everything they offer. The input is a file as it is, or, when it
// begins with 'E', a list of edits (u32 offset, u8 value) to a sound segment whose checksums are
// then made right again.
#include <cstring>
#include <memory>
#include <vector>

#include "engine/segment/builder.h"
#include "engine/segment/edited_segment.h"
#include "engine/segment/random_rows.h"
#include "engine/segment/touch_segment.h"
#include "testing/fuzz.h"

namespace layer::engine::segment {
namespace {

const std::vector<std::byte>& sound_segment() {
  static const std::vector<std::byte> bytes = [] {
    Random random(1);
    const wire::Schema schema = every_type();
    return build_from_rows(schema, random_rows(random, schema, wire::IdType::kString, 200), {})
        .value();
  }();
  return bytes;
}

std::vector<std::byte> segment_of(std::span<const std::byte> input) {
  if (input.empty() || input[0] != std::byte{'E'}) {
    return {input.begin(), input.end()};
  }
  std::vector<Edit> edits;
  for (input = input.subspan(1); input.size() >= 5; input = input.subspan(5)) {
    Edit edit;
    std::memcpy(&edit.offset, input.data(), sizeof edit.offset);
    edit.value = static_cast<std::uint8_t>(input[4]);
    edits.push_back(edit);
  }
  return edited_segment(sound_segment(), edits);
}

}  // namespace
}  // namespace layer::engine::segment

LAYER_FUZZ_TARGET(segment_file_fuzz) {
  using namespace layer::engine;
  const auto input = std::as_bytes(std::span(data, size));
  const auto segment = segment::Segment::open(storage::memory_blob(segment::segment_of(input)));
  if (segment) {
    static_cast<void>(segment::Touch(**segment).digest());
  }
}
