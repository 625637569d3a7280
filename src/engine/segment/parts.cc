#include "engine/segment/parts.h"

#include <cstring>

#include "engine/storage/corrupt.h"

namespace layer::engine::segment {
namespace {

// count and a reserved word, then a 64-bit size for each part.
constexpr std::size_t header_bytes(std::size_t count) {
  return 8 + 8 * count;
}
constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kPartAlignment - 1) / kPartAlignment * kPartAlignment;
}

}  // namespace

std::unexpected<Error> damaged(const storage::Blob& blob, std::span<const std::byte> at,
                               std::string_view what) {
  const auto bytes = blob.bytes();
  const bool inside = at.data() >= bytes.data() && at.data() <= bytes.data() + bytes.size();
  return storage::corrupt(blob.name(),
                          inside ? static_cast<std::uint64_t>(at.data() - bytes.data()) : 0, what);
}

Result<void> PartsWriter::write(storage::SectionWriter& out, storage::SectionKey key) const {
  LAYER_TRY(out.begin(key));
  std::array<std::uint64_t, kPartsMax + 1> header{count_};
  for (std::size_t i = 0; i < count_; ++i) {
    header[i + 1] = parts_[i].size();
  }
  LAYER_TRY(out.append(std::as_bytes(std::span(header)).first(header_bytes(count_))));
  constexpr std::array<std::byte, kPartAlignment> zeros{};
  for (std::size_t i = 0; i < count_; ++i) {
    const std::uint64_t offset = out.section_size();
    LAYER_TRY(out.append(std::span(zeros).first(aligned(offset) - offset)));
    LAYER_TRY(out.append(parts_[i]));
  }
  return {};
}

Result<PartsView> PartsView::open(const storage::Blob& blob, std::span<const std::byte> section,
                                  std::size_t count) {
  PartsView view;
  view.blob_ = &blob;
  if (section.size() < header_bytes(count)) {
    return damaged(blob, section, "a section is shorter than its header");
  }
  std::array<std::uint64_t, kPartsMax + 1> header{};
  std::memcpy(header.data(), section.data(), header_bytes(count));
  if (header[0] != count) {
    return damaged(blob, section, "a section has the wrong number of parts");
  }
  std::uint64_t offset = header_bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    offset = aligned(offset);
    if (offset > section.size() || header[i + 1] > section.size() - offset) {
      return damaged(blob, section, "a part lies outside of its section");
    }
    view.parts_[i] = section.subspan(offset, header[i + 1]);
    offset += header[i + 1];
  }
  return view;
}

}  // namespace layer::engine::segment
