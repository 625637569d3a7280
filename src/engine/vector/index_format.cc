#include "engine/vector/index_format.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/vector/rotation.h"
#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {
namespace {

std::size_t centroid_blocks(const Header& header) {
  return (std::size_t{header.lists} + kCentroidBlock - 1) / kCentroidBlock;
}

template <class T>
std::span<const T> array(std::span<const std::byte> bytes, std::size_t offset, std::size_t count) {
  return {reinterpret_cast<const T*>(bytes.data() + offset), count};
}

std::unexpected<Error> corrupt(const char* what) {
  return fail(ErrorCode::kCorrupt, std::string("vector index: ") + what);
}

Result<Header> read_header(std::span<const std::byte> bytes, const VectorView& column,
                           DistanceMetric metric) {
  Header header;
  if (bytes.size() < sizeof(header)) {
    return corrupt("shorter than its header");
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != kMagic) {
    return corrupt("the first bytes are not those of a vector index");
  }
  if (header.version != kFormatVersion) {
    return corrupt("of a version this program does not read");
  }
  if (header.metric != static_cast<std::uint8_t>(metric) ||
      header.element != static_cast<std::uint8_t>(column.element) || header.dims != column.dims ||
      header.rows != column.count) {
    return corrupt("made for another column");
  }
  // No array is larger than the whole: this keeps the sizes below from overflowing.
  const std::size_t most = bytes.size();
  if (header.dims == 0 || header.lists > most || header.blocks > most || header.outliers > most ||
      header.rows > most || header.dims > most) {
    return corrupt("counts beyond its size");
  }
  const bool finite = std::isfinite(header.growth) && std::isfinite(header.usual) &&
                      std::ranges::all_of(header.reach, [](float r) { return std::isfinite(r); });
  if (!finite) {
    return corrupt("calibration is not a number");
  }
  return header;
}

Result<void> check_lists(const IndexView& view) {
  const auto& begin = view.list_begin;
  if (begin.front() != 0 || begin.back() != view.header.blocks || !std::ranges::is_sorted(begin)) {
    return corrupt("lists do not cover the blocks");
  }
  return {};
}

Result<void> check_documents(const IndexView& view) {
  for (DocId doc : view.docs) {
    if (doc >= view.header.rows && doc != kNoDoc) {
      return corrupt("a document beyond the column");
    }
  }
  for (std::uint32_t list : view.doc_list) {
    if (list >= view.header.lists && list != kNoList) {
      return corrupt("a list beyond the last");
    }
  }
  for (DocId doc : view.outliers) {
    if (doc >= view.header.rows) {
      return corrupt("a document beyond the column");
    }
  }
  return {};
}

}  // namespace

Layout::Layout(const Header& header) {
  const std::size_t padded = padded_dims(header.dims);
  const std::size_t slots = std::size_t{header.blocks} * kBlock;
  std::size_t at = sizeof(Header);
  const auto place = [&at](std::size_t bytes) {
    const std::size_t begin = (at + kAlignment - 1) / kAlignment * kAlignment;
    at = begin + bytes;
    return begin;
  };
  mean = place(padded * sizeof(float));
  centroid_codes = place(centroid_blocks(header) * kCentroidBlock * padded);
  centroid_factors = place(3 * std::size_t{header.lists} * sizeof(float));
  list_begin = place((std::size_t{header.lists} + 1) * sizeof(std::uint32_t));
  docs = place(slots * sizeof(DocId));
  doc_list = place(header.rows * sizeof(std::uint32_t));
  outlier_docs = place(header.outliers * sizeof(DocId));
  codes = place(header.blocks * block_bytes(static_cast<std::uint32_t>(padded)));
  records = place(header.rows * record_bytes(static_cast<std::uint32_t>(padded)));
  total = at;
}

Result<IndexView> parse_index(std::span<const std::byte> bytes, const VectorView& column,
                              DistanceMetric metric) {
  IndexView view;
  LAYER_ASSIGN(view.header, read_header(bytes, column, metric));
  const Header& header = view.header;
  const Layout layout(header);
  if (layout.total != bytes.size()) {
    return corrupt("its size differs from what its header says");
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) != 0) {
    return corrupt("not aligned in memory");
  }
  view.padded = padded_dims(header.dims);
  const std::size_t slots = std::size_t{header.blocks} * kBlock;
  view.mean = array<float>(bytes, layout.mean, view.padded);
  view.centroid_codes = array<std::int8_t>(bytes, layout.centroid_codes, 0).data();
  const auto factors = array<float>(bytes, layout.centroid_factors, 3 * std::size_t{header.lists});
  view.centroid_squared = factors.subspan(0, header.lists);
  view.centroid_step = factors.subspan(header.lists, header.lists);
  view.centroid_sum = factors.subspan(2 * std::size_t{header.lists}, header.lists);
  view.list_begin = array<std::uint32_t>(bytes, layout.list_begin, std::size_t{header.lists} + 1);
  view.docs = array<DocId>(bytes, layout.docs, slots);
  view.doc_list = array<std::uint32_t>(bytes, layout.doc_list, header.rows);
  view.outliers = array<DocId>(bytes, layout.outlier_docs, header.outliers);
  view.codes = bytes.data() + layout.codes;
  view.records = bytes.data() + layout.records;
  LAYER_TRY(check_lists(view));
  LAYER_TRY(check_documents(view));
  return view;
}

}  // namespace layer::engine::vector
