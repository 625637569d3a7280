#include "wire/value.h"

#include <type_traits>

namespace layer::wire {
namespace {

template <class T>
inline constexpr bool is_vector_of = false;
template <class T>
inline constexpr bool is_vector_of<std::vector<T>> = true;

constexpr std::uint64_t kUuidBytes = 16;
constexpr std::uint64_t kNumberBytes = 8;
constexpr std::uint64_t kSparseWeightBytes = 2;

struct Size {
  ElementType element;

  std::uint64_t operator()(Null) const { return 0; }
  std::uint64_t operator()(bool) const { return 1; }
  std::uint64_t operator()(std::uint8_t) const { return 1; }  // an element of a bool array
  std::uint64_t operator()(std::int64_t) const { return kNumberBytes; }
  std::uint64_t operator()(std::uint64_t) const { return kNumberBytes; }
  std::uint64_t operator()(double) const { return kNumberBytes; }
  std::uint64_t operator()(const std::string& text) const { return text.size(); }
  std::uint64_t operator()(const Uuid&) const { return kUuidBytes; }
  std::uint64_t operator()(Datetime) const { return kNumberBytes; }
  std::uint64_t operator()(const Bytes& bytes) const { return bytes.data.size(); }
  std::uint64_t operator()(EmptyArray) const { return 0; }
  std::uint64_t operator()(const DenseVector& vector) const {
    return vector.elements.size() * element_bytes(element);
  }
  std::uint64_t operator()(const SparseVector& vector) const {
    std::uint64_t total = 0;
    for (const auto& [dimension, weight] : vector.entries) {
      total += dimension.size() + kSparseWeightBytes;
    }
    return total;
  }
  std::uint64_t operator()(const MultiVector& vector) const {
    return vector.elements.size() * element_bytes(element);
  }
  template <class T>
    requires is_vector_of<T>
  std::uint64_t operator()(const T& array) const {
    std::uint64_t total = 0;
    for (const auto& each : array) {
      total += (*this)(each);
    }
    return total;
  }
};

}  // namespace

std::uint64_t logical_bytes(const Value& value, ElementType element) {
  return std::visit(Size{element}, value);
}

std::uint64_t logical_bytes(const Id& id) {
  return std::visit(Size{ElementType::kF32}, id);
}

}  // namespace layer::wire
