#include "features/embed/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/half.h"
#include "core/limits.h"
#include "json/document.h"

namespace layer::features::embed {
namespace {

constexpr std::size_t kLengthBytes = 8;

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

std::unexpected<Error> io_error(const std::string& file) {
  return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("{}: {}", file, std::strerror(errno)));
}

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

struct Tensor {
  std::string_view name;
  std::string_view type{};
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Result<std::array<std::uint64_t, 2>> two_numbers(const json::Object& object, const char* name) {
  std::array<std::uint64_t, 2> out{};
  json::Array array;
  if (object[name].get(array) != simdjson::SUCCESS || array.size() != 2) {
    return refuse(fmt::format("{} must be two integers", name));
  }
  std::size_t i = 0;
  for (const json::Value item : array) {
    if (item.get(out[i++]) != simdjson::SUCCESS) {
      return refuse(fmt::format("{} must be two integers", name));
    }
  }
  return out;
}

bool is_table(const json::Object& object) {
  json::Array shape;
  return object["shape"].get(shape) == simdjson::SUCCESS && shape.size() == 2;
}

Result<Tensor> read_tensor(std::string_view name, const json::Object& object) {
  Tensor tensor{.name = name};
  if (object["dtype"].get(tensor.type) != simdjson::SUCCESS) {
    return refuse(fmt::format("tensor \"{}\" has no dtype", name));
  }
  LAYER_ASSIGN(const auto shape, two_numbers(object, "shape"));
  LAYER_ASSIGN(const auto offsets, two_numbers(object, "data_offsets"));
  tensor.rows = shape[0];
  tensor.columns = shape[1];
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  return tensor;
}

// Tables of some tools need more than the mean of rows.
bool changes_rows(std::string_view name) {
  return name == "weights" || name == "mapping";
}

// The table among the tensors that the header lists.
Result<Tensor> choose(const json::Object& header) {
  std::vector<Tensor> tables;
  std::optional<Tensor> named;
  for (const auto& [name, value] : header) {
    json::Object object;
    if (name == "__metadata__") {
      continue;
    }
    if (changes_rows(name)) {
      return refuse(
          fmt::format("the tensor \"{}\" beside the table is not supported: fold it into "
                      "the rows",
                      name));
    }
    if (value.get(object) != simdjson::SUCCESS) {
      return refuse(fmt::format("tensor \"{}\" must be an object", name));
    }
    if (is_table(object)) {
      LAYER_ASSIGN(const Tensor tensor, read_tensor(name, object));
      if (name == "embeddings" || name == "embedding.weight") {
        named = tensor;
      }
      tables.push_back(tensor);
    }
  }
  if (named) {
    return *named;
  }
  if (tables.size() != 1) {
    return refuse(
        fmt::format("the file has {} tables; one must be called \"embeddings\"", tables.size()));
  }
  return tables.front();
}

}  // namespace

TensorTable::TensorTable(TensorTable&& other) noexcept {
  *this = std::move(other);
}

TensorTable& TensorTable::operator=(TensorTable&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(bytes_, other.bytes_);
  std::swap(data_, other.data_);
  std::swap(rows_, other.rows_);
  std::swap(columns_, other.columns_);
  std::swap(type_, other.type_);
  return *this;
}

TensorTable::~TensorTable() {
  if (file_ != nullptr) {
    ::munmap(const_cast<std::byte*>(file_), bytes_);
  }
}

Result<TensorTable> TensorTable::open(const std::string& file) {
  TensorTable table;
  LAYER_TRY(table.map(file));
  if (auto found = table.find_table(); !found) {
    found.error().message = file + ": " + found.error().message;
    return std::unexpected(std::move(found).error());
  }
  return table;
}

Result<void> TensorTable::map(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return io_error(file);
  }
  struct stat status{};
  const bool known = ::fstat(descriptor, &status) == 0;
  const auto bytes = known ? static_cast<std::size_t>(status.st_size) : 0;
  void* const address =
      bytes == 0 ? MAP_FAILED : ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  const int error = bytes == 0 ? EINVAL : errno;
  ::close(descriptor);
  if (address == MAP_FAILED) {
    errno = error;
    return io_error(file);
  }
  file_ = static_cast<const std::byte*>(address);
  bytes_ = bytes;
  return {};
}

Result<void> TensorTable::find_table() {
  if (bytes_ < kLengthBytes) {
    return refuse("is too short for safetensors");
  }
  const auto length = load<std::uint64_t>(file_);
  if (length > kTensorHeaderBytesMax || length > bytes_ - kLengthBytes) {
    return refuse("has a header that is longer than the file or than what is read");
  }
  const auto* const text = reinterpret_cast<const char*>(file_ + kLengthBytes);
  LAYER_ASSIGN(const json::Document document,
               json::Document::parse(std::string(text, static_cast<std::size_t>(length))));
  json::Object header;
  if (document.root().get(header) != simdjson::SUCCESS) {
    return refuse("has a header that is no object");
  }
  LAYER_ASSIGN(const Tensor tensor, choose(header));
  std::uint64_t width = 2;
  if (tensor.type == "F32") {
    type_ = Type::kF32;
    width = 4;
  } else if (tensor.type == "F16") {
    type_ = Type::kF16;
  } else if (tensor.type == "BF16") {
    type_ = Type::kBf16;
  } else {
    return refuse(
        fmt::format("tables of {} are not supported, only F32, F16 and BF16", tensor.type));
  }
  const std::uint64_t room = bytes_ - kLengthBytes - length;
  const bool sizes_fit = tensor.rows > 0 && tensor.columns > 0 && tensor.rows <= room &&
                         tensor.columns <= core::limits::vector_dims_max && tensor.end <= room &&
                         tensor.begin <= tensor.end &&
                         tensor.end - tensor.begin == tensor.rows * tensor.columns * width;
  if (!sizes_fit) {
    return refuse(
        fmt::format("tensor \"{}\" does not lie in the file as its shape says", tensor.name));
  }
  rows_ = static_cast<std::size_t>(tensor.rows);
  columns_ = static_cast<std::size_t>(tensor.columns);
  data_ = file_ + kLengthBytes + length + tensor.begin;
  return {};
}

void TensorTable::add_row(std::size_t row, std::span<float> sum) const {
  const std::size_t width = type_ == Type::kF32 ? 4 : 2;
  const std::byte* const from = data_ + row * columns_ * width;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    switch (type_) {
      case Type::kF32:
        sum[i] += load<float>(from + i * 4);
        break;
      case Type::kF16:
        sum[i] += core::from_half_bits(load<std::uint16_t>(from + i * 2));
        break;
      case Type::kBf16:
        sum[i] += std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(from + i * 2)} << 16U);
        break;
    }
  }
}

}  // namespace layer::features::embed
