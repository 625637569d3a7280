// Writing and reading the small pieces that formats are made of: fixed-width little-endian values,
// variable-length integers, strings. A reader never leaves its bytes: past the end, or on malformed
// input, it turns bad and yields zeros; callers check ok() once at the end.
// Thread safety: values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace layer::engine::segment {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Zigzag: small magnitudes of either sign get short encodings.
inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

class ByteWriter {
 public:
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void fixed(const T& value) {
    raw(std::as_bytes(std::span(&value, 1)));
  }
  void raw(std::span<const std::byte> bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  // Seven bits a byte, low ones first, the high bit set on all but the last byte.
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<std::byte>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<std::byte>(value));
  }
  void string(std::string_view text) {
    varint(text.size());
    raw(as_bytes(text));
  }

  std::size_t size() const { return out_.size(); }
  std::span<const std::byte> bytes() const { return out_; }
  std::vector<std::byte> take() { return std::exchange(out_, {}); }
  void clear() { out_.clear(); }

 private:
  std::vector<std::byte> out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  template <class T>
    requires std::is_trivially_copyable_v<T>
  T fixed() {
    T value{};
    if (remaining() < sizeof(T)) {
      turn_bad();
      return value;
    }
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  std::uint64_t varint() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]] {
      return static_cast<std::uint8_t>(*at_++);
    }
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(*at_++);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    turn_bad();
    return 0;
  }
  std::span<const std::byte> raw(std::uint64_t size) {
    if (size > remaining()) {
      turn_bad();
      return {};
    }
    const std::span<const std::byte> bytes(at_, size);
    at_ += size;
    return bytes;
  }
  std::string_view string() { return as_text(raw(varint())); }

  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  bool ok() const { return ok_; }
  void turn_bad() {
    ok_ = false;
    at_ = end_;
  }

 private:
  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

}  // namespace layer::engine::segment
