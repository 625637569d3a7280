#include "engine/segment/row_codec.h"

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace layer::engine::segment {
namespace {

using wire::Bytes;
using wire::Datetime;
using wire::DenseVector;
using wire::EmptyArray;
using wire::MultiVector;
using wire::SparseVector;
using wire::Uuid;
using wire::Value;

// The tag of a value is its place in wire::Value; files depend on it.
template <class T>
constexpr std::uint8_t tag_of() {
  return static_cast<std::uint8_t>(Value(std::in_place_type<T>).index());
}
constexpr std::uint8_t kStringTag = 5;
static_assert(std::is_same_v<std::variant_alternative_t<1, Value>, bool>);
static_assert(std::is_same_v<std::variant_alternative_t<2, Value>, std::int64_t>);
static_assert(std::is_same_v<std::variant_alternative_t<3, Value>, std::uint64_t>);
static_assert(std::is_same_v<std::variant_alternative_t<4, Value>, double>);
static_assert(std::is_same_v<std::variant_alternative_t<kStringTag, Value>, std::string>);
static_assert(std::is_same_v<std::variant_alternative_t<6, Value>, Uuid>);
static_assert(std::is_same_v<std::variant_alternative_t<7, Value>, Datetime>);
static_assert(std::is_same_v<std::variant_alternative_t<8, Value>, Bytes>);
static_assert(std::is_same_v<std::variant_alternative_t<9, Value>, std::vector<std::uint8_t>>);
static_assert(std::is_same_v<std::variant_alternative_t<10, Value>, std::vector<std::int64_t>>);
static_assert(std::is_same_v<std::variant_alternative_t<11, Value>, std::vector<std::uint64_t>>);
static_assert(std::is_same_v<std::variant_alternative_t<12, Value>, std::vector<double>>);
static_assert(std::is_same_v<std::variant_alternative_t<13, Value>, std::vector<std::string>>);
static_assert(std::is_same_v<std::variant_alternative_t<14, Value>, std::vector<Uuid>>);
static_assert(std::is_same_v<std::variant_alternative_t<15, Value>, std::vector<Datetime>>);
static_assert(std::is_same_v<std::variant_alternative_t<16, Value>, EmptyArray>);
static_assert(std::is_same_v<std::variant_alternative_t<18, Value>, SparseVector>);
static_assert(std::is_same_v<std::variant_alternative_t<19, Value>, MultiVector>);
static_assert(std::variant_size_v<Value> == 20);

template <class T>
std::span<const std::byte> raw_elements(const std::vector<T>& elements) {
  return std::as_bytes(std::span(elements));
}

// The payload of each alternative. Scalars of fixed or self-delimiting size; everything from
// strings on is preceded by its size in bytes, so that it can be skipped.
struct Encoder {
  ByteWriter& out;

  void sized(std::span<const std::byte> bytes) const {
    out.varint(bytes.size());
    out.raw(bytes);
  }
  template <class F>
  void nested(F&& fill) const {
    ByteWriter payload;
    fill(payload);
    sized(payload.bytes());
  }

  void operator()(wire::Null) const {}
  void operator()(bool value) const { out.fixed(static_cast<std::uint8_t>(value)); }
  void operator()(std::int64_t value) const { out.varint(zigzag(value)); }
  void operator()(std::uint64_t value) const { out.varint(value); }
  void operator()(double value) const { out.fixed(value); }
  void operator()(const std::string& value) const { out.string(value); }
  void operator()(const Uuid& value) const { out.fixed(value.bytes); }
  void operator()(Datetime value) const { out.varint(zigzag(value.ms)); }
  void operator()(const Bytes& value) const { out.string(value.data); }
  void operator()(const std::vector<std::uint8_t>& values) const { sized(raw_elements(values)); }
  void operator()(const std::vector<double>& values) const { sized(raw_elements(values)); }
  void operator()(const std::vector<Uuid>& values) const { sized(raw_elements(values)); }
  void operator()(const std::vector<std::int64_t>& values) const {
    nested([&](ByteWriter& to) {
      for (const std::int64_t value : values) {
        to.varint(zigzag(value));
      }
    });
  }
  void operator()(const std::vector<std::uint64_t>& values) const {
    nested([&](ByteWriter& to) {
      for (const std::uint64_t value : values) {
        to.varint(value);
      }
    });
  }
  void operator()(const std::vector<std::string>& values) const {
    nested([&](ByteWriter& to) {
      for (const std::string& value : values) {
        to.string(value);
      }
    });
  }
  void operator()(const std::vector<Datetime>& values) const {
    nested([&](ByteWriter& to) {
      for (const Datetime value : values) {
        to.varint(zigzag(value.ms));
      }
    });
  }
  void operator()(const EmptyArray&) const { sized({}); }
  void operator()(const DenseVector&) const {}
  void operator()(const SparseVector& value) const {
    nested([&](ByteWriter& to) {
      for (const auto& [dimension, weight] : value.entries) {
        to.string(dimension);
        to.fixed(weight);
      }
    });
  }
  void operator()(const MultiVector& value) const {
    nested([&](ByteWriter& to) {
      to.varint(value.dims);
      to.raw(raw_elements(value.elements));
    });
  }
};

template <class T>
std::vector<T> fixed_elements(ByteReader& in, std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (bytes.size() % sizeof(T) != 0) {
    in.turn_bad();
    return {};
  }
  std::vector<T> elements(bytes.size() / sizeof(T));
  if (!bytes.empty()) {
    std::memcpy(elements.data(), bytes.data(), bytes.size());
  }
  return elements;
}

// Elements until the payload ends. F: T(ByteReader&).
template <class T, class F>
std::vector<T> elements_of(ByteReader& in, std::span<const std::byte> bytes, F&& one) {
  std::vector<T> elements;
  ByteReader payload(bytes);
  while (payload.remaining() > 0) {
    elements.push_back(one(payload));
  }
  if (!payload.ok()) {
    in.turn_bad();
  }
  return elements;
}

Value decode_sized(ByteReader& in, std::uint8_t tag, std::span<const std::byte> bytes) {
  switch (tag) {
    case kStringTag:
      return std::string(as_text(bytes));
    case tag_of<Bytes>():
      return Bytes{std::string(as_text(bytes))};
    case tag_of<std::vector<std::uint8_t>>():
      return fixed_elements<std::uint8_t>(in, bytes);
    case tag_of<std::vector<std::int64_t>>():
      return elements_of<std::int64_t>(in, bytes,
                                       [](ByteReader& from) { return unzigzag(from.varint()); });
    case tag_of<std::vector<std::uint64_t>>():
      return elements_of<std::uint64_t>(in, bytes, [](ByteReader& from) { return from.varint(); });
    case tag_of<std::vector<double>>():
      return fixed_elements<double>(in, bytes);
    case tag_of<std::vector<std::string>>():
      return elements_of<std::string>(in, bytes,
                                      [](ByteReader& from) { return std::string(from.string()); });
    case tag_of<std::vector<Uuid>>():
      return fixed_elements<Uuid>(in, bytes);
    case tag_of<std::vector<Datetime>>():
      return elements_of<Datetime>(
          in, bytes, [](ByteReader& from) { return Datetime{unzigzag(from.varint())}; });
    case tag_of<EmptyArray>():
      return EmptyArray{};
    case tag_of<SparseVector>():
      return SparseVector{elements_of<std::pair<std::string, float>>(in, bytes, [](auto& from) {
        std::string dimension(from.string());
        return std::pair(std::move(dimension), from.template fixed<float>());
      })};
    case tag_of<MultiVector>(): {
      ByteReader payload(bytes);
      MultiVector value;
      value.dims = static_cast<std::uint32_t>(payload.varint());
      value.elements = fixed_elements<float>(in, payload.raw(payload.remaining()));
      return value;
    }
    default:
      in.turn_bad();
      return {};
  }
}

Value decode_scalar(ByteReader& in, std::uint8_t tag) {
  switch (tag) {
    case tag_of<bool>():
      return in.fixed<std::uint8_t>() != 0;
    case tag_of<std::int64_t>():
      return unzigzag(in.varint());
    case tag_of<std::uint64_t>():
      return in.varint();
    case tag_of<double>():
      return in.fixed<double>();
    case tag_of<Uuid>():
      return in.fixed<Uuid>();
    case tag_of<Datetime>():
      return Datetime{unzigzag(in.varint())};
    default:
      in.turn_bad();
      return {};
  }
}

bool is_sized(std::uint8_t tag) {
  return tag == kStringTag || tag >= tag_of<Bytes>();
}

}  // namespace

std::uint64_t logical_bytes(const wire::Schema& schema, const Row& row) {
  std::uint64_t total = wire::logical_bytes(row.id);
  for (const Field& field : row.fields) {
    total += wire::logical_bytes(field.value, schema.at(field.attr).type.element);
  }
  return total;
}

void encode_row(const Row& row, std::uint64_t logical, ByteWriter& out) {
  out.varint(logical);
  // The attribute id is written as the distance to the one before, plus one; 0 ends the row.
  AttrId next = 0;
  for (const Field& field : row.fields) {
    if (std::holds_alternative<DenseVector>(field.value) || wire::is_null(field.value)) {
      continue;
    }
    out.varint(std::uint64_t{field.attr} - next + 1);
    next = field.attr + 1;
    out.fixed(static_cast<std::uint8_t>(field.value.index()));
    std::visit(Encoder{out}, field.value);
  }
  out.varint(0);
}

void decode_row(ByteReader& in, std::size_t attributes,
                std::optional<std::span<const AttrId>> wanted, std::vector<Field>& out) {
  decode_logical_bytes(in);
  std::uint64_t next = 0;
  for (std::uint64_t step = in.varint(); step != 0; step = in.varint()) {
    if (step > attributes - next) {
      return in.turn_bad();
    }
    const std::uint64_t attr = next + step - 1;
    next = attr + 1;
    const auto tag = in.fixed<std::uint8_t>();
    bool take = true;
    if (wanted) {
      while (!wanted->empty() && wanted->front() < attr) {
        wanted = wanted->subspan(1);
      }
      if (wanted->empty()) {
        return;  // ascending: nothing that follows is wanted
      }
      take = wanted->front() == attr;
    }
    if (is_sized(tag)) {
      const std::span<const std::byte> bytes = in.raw(in.varint());
      if (take && in.ok()) {
        out.push_back({.attr = static_cast<AttrId>(attr), .value = decode_sized(in, tag, bytes)});
      }
    } else if (Value value = decode_scalar(in, tag); take && in.ok()) {
      out.push_back({.attr = static_cast<AttrId>(attr), .value = std::move(value)});
    }
  }
}

}  // namespace layer::engine::segment
