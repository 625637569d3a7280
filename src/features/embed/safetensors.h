// A table of vectors in a safetensors file, mapped into memory: a header of JSON, then the numbers.
// Thread safety: immutable. Cost: the kernel reads what is used; nothing is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/error.h"

namespace layer::features::embed {

inline constexpr std::size_t kTensorHeaderBytesMax = std::size_t{16} << 20;

class TensorTable {
 public:
  // The two-dimensional tensor of the file: its only one, or of several the one called
  // "embeddings" or "embedding.weight". F32, F16 and BF16. Errors: kNotFound, kIo,
  // kInvalidArgument (not such a file, cut short, another type; a table that needs further tensors,
  // which the message names). Blocks on the disk.
  static Result<TensorTable> open(const std::string& file);
  TensorTable(TensorTable&& other) noexcept;
  TensorTable& operator=(TensorTable&& other) noexcept;
  TensorTable(const TensorTable&) = delete;
  TensorTable& operator=(const TensorTable&) = delete;
  ~TensorTable();

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  // Adds the first sum.size() numbers of a row. Preconditions: row < rows(), sum.size() <=
  // columns().
  void add_row(std::size_t row, std::span<float> sum) const;

 private:
  enum class Type : std::uint8_t { kF32, kF16, kBf16 };
  TensorTable() = default;
  Result<void> map(const std::string& file);
  Result<void> find_table();

  const std::byte* file_ = nullptr;
  std::size_t bytes_ = 0;
  const std::byte* data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  Type type_ = Type::kF32;
};

}  // namespace layer::features::embed
