// A section made of several arrays: a small header with their sizes, then each at a multiple of 16
// bytes. Layout: docs/formats/segment.md. Thread safety: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "engine/storage/sections.h"

namespace layer::engine::segment {

inline constexpr std::size_t kPartAlignment = 16;
inline constexpr std::size_t kPartsMax = 12;

// kCorrupt, naming the blob and the place of `at` in it.
std::unexpected<Error> damaged(const storage::Blob& blob, std::span<const std::byte> at,
                               std::string_view what);

// Collects views; the arrays must live until write().
class PartsWriter {
 public:
  void add(std::span<const std::byte> part) { parts_[count_++] = part; }
  template <class T>
  void add_array(const std::vector<T>& values) {
    add(std::as_bytes(std::span(values)));
  }
  Result<void> write(storage::SectionWriter& out, storage::SectionKey key) const;

 private:
  std::array<std::span<const std::byte>, kPartsMax> parts_;
  std::size_t count_ = 0;
};

class PartsView {
 public:
  // Errors: kCorrupt when there are not `count` parts that fit into `section`.
  static Result<PartsView> open(const storage::Blob& blob, std::span<const std::byte> section,
                                std::size_t count);

  std::span<const std::byte> part(std::size_t index) const { return parts_[index]; }
  // Errors: kCorrupt when the part is not a whole number of T.
  template <class T>
  Result<std::span<const T>> array(std::size_t index) const {
    const std::span<const std::byte> bytes = parts_[index];
    if (bytes.size() % sizeof(T) != 0) {
      return damaged(*blob_, bytes, "an array has a broken element");
    }
    return std::span(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
  }
  // The same, of exactly `size` elements.
  template <class T>
  Result<std::span<const T>> array(std::size_t index, std::uint64_t size) const {
    if (parts_[index].size() / sizeof(T) != size) {
      return damaged(*blob_, parts_[index], "an array has the wrong length");
    }
    return array<T>(index);
  }
  const storage::Blob& blob() const { return *blob_; }

 private:
  const storage::Blob* blob_ = nullptr;
  std::array<std::span<const std::byte>, kPartsMax> parts_;
};

}  // namespace layer::engine::segment
