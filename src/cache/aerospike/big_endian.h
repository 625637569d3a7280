// Writing and reading big-endian integers and bytes, as the protocol has them. The reader never
// runs past its input: after the first bad read ok() is false and all later values are zero or
// empty. Thread safety: plain values.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace layer::cache::aerospike {

template <std::unsigned_integral T>
constexpr T swapped(T value) {
  return std::endian::native == std::endian::big ? value : std::byteswap(value);
}

class Writer {
 public:
  template <std::unsigned_integral T>
  void number(T value) {
    const T big = swapped(value);
    bytes_.append(reinterpret_cast<const char*>(&big), sizeof big);
  }
  void raw(std::string_view bytes) { bytes_.append(bytes); }
  // A 32-bit length that is not known yet; its place.
  std::size_t leave_length() {
    number(std::uint32_t{0});
    return bytes_.size();
  }
  // What came after `place` is its length.
  void fill_length(std::size_t place) { put_at(place - 4, bytes_.size() - place); }
  void put_at(std::size_t at, std::size_t value) {
    const auto big = swapped(static_cast<std::uint32_t>(value));
    std::memcpy(bytes_.data() + at, &big, sizeof big);
  }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T number() {
    const std::string_view bytes = raw(sizeof(T));
    T value{};
    if (bytes.size() == sizeof(T)) {
      std::memcpy(&value, bytes.data(), sizeof(T));
    }
    return swapped(value);
  }
  std::string_view raw(std::size_t count) {
    if (count > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  void fail() {
    ok_ = false;
    rest_ = {};
  }
  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace layer::cache::aerospike
