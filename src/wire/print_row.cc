#include "wire/print_row.h"

#include <span>

#include "wire/base64.h"

namespace layer::wire {
namespace {

void write_floats(json::Writer& out, std::span<const float> elements, VectorEncoding encoding) {
  if (encoding == VectorEncoding::kBase64) {
    out.value(encode_base64_f32(elements));
    return;
  }
  out.begin_array();
  for (const float element : elements) {
    out.value(element);
  }
  out.end_array();
}

struct ValueWriter {
  json::Writer& out;
  VectorEncoding encoding;

  void operator()(Null) const { out.null(); }
  void operator()(bool flag) const { out.value(flag); }
  void operator()(std::int64_t number) const { out.value(number); }
  void operator()(std::uint64_t number) const { out.value(number); }
  void operator()(double number) const { out.value(number); }
  void operator()(const std::string& text) const { out.value(std::string_view(text)); }
  void operator()(const Uuid& uuid) const { out.value(std::string_view(to_string(uuid))); }
  void operator()(Datetime time) const { out.value(std::string_view(to_string(time))); }
  void operator()(const Bytes& bytes) const {
    out.value(std::string_view(encode_base64(bytes.data)));
  }
  void operator()(const std::vector<std::uint8_t>& flags) const {
    out.begin_array();
    for (const std::uint8_t flag : flags) {
      out.value(flag != 0);
    }
    out.end_array();
  }
  template <class T>
  void operator()(const std::vector<T>& items) const {
    out.begin_array();
    for (const T& item : items) {
      (*this)(item);
    }
    out.end_array();
  }
  void operator()(EmptyArray) const { out.begin_array().end_array(); }
  void operator()(const DenseVector& vector) const { write_floats(out, vector.elements, encoding); }
  void operator()(const SparseVector& vector) const {
    out.begin_object();
    for (const auto& [name, weight] : vector.entries) {
      out.member(name, weight);
    }
    out.end_object();
  }
  void operator()(const MultiVector& vectors) const {
    out.begin_array();
    const std::span<const float> all(vectors.elements);
    for (std::size_t at = 0; at < all.size(); at += vectors.dims) {
      write_floats(out, all.subspan(at, vectors.dims), encoding);
    }
    out.end_array();
  }
};

void write_range(json::Writer& out, std::pair<std::uint64_t, std::uint64_t> range) {
  out.begin_array().value(range.first).value(range.second).end_array();
}

void write_highlight(json::Writer& out, const HighlightResult& fragments) {
  out.begin_array();
  for (const HighlightFragment& fragment : fragments) {
    out.begin_object().member("text", fragment.text);
    if (fragment.fragment_range) {
      out.key("fragment_range");
      write_range(out, *fragment.fragment_range);
      out.key("match_ranges").begin_array();
      for (const auto& range : fragment.match_ranges) {
        write_range(out, range);
      }
      out.end_array();
    }
    if (fragment.array_index) {
      out.member("array_index", *fragment.array_index);
    }
    out.end_object();
  }
  out.end_array();
}

}  // namespace

void write(json::Writer& out, const Id& id) {
  std::visit([&](const auto& alternative) { ValueWriter{out, {}}(alternative); }, id);
}

void write(json::Writer& out, const Value& value, VectorEncoding encoding) {
  std::visit(ValueWriter{out, encoding}, value);
}

void write(json::Writer& out, const OutputField& field, VectorEncoding encoding) {
  if (const auto* value = std::get_if<Value>(&field.value)) {
    write(out, *value, encoding);
  } else if (const auto* score = std::get_if<float>(&field.value)) {
    out.value(*score);
  } else {
    write_highlight(out, std::get<HighlightResult>(field.value));
  }
}

void write(json::Writer& out, const OutputRow& row, VectorEncoding encoding) {
  out.begin_object().key("id");
  write(out, row.id);
  if (row.dist) {
    out.member("$dist", *row.dist);
  }
  for (const OutputField& field : row.fields) {
    if (!is_absent(field)) {
      out.key(field.name);
      write(out, field, encoding);
    }
  }
  out.end_object();
}

bool is_absent(const OutputField& field) {
  const auto* value = std::get_if<Value>(&field.value);
  return value != nullptr && is_null(*value);
}

std::size_t printed_bytes(const Rows& rows, VectorEncoding encoding) {
  constexpr std::size_t kRowBytes = 48;  // id, distance, brackets
  constexpr std::size_t kScalarBytes = 24;
  constexpr std::size_t kDecimalBytes = 13;  // of one f32 with its comma
  constexpr std::size_t kBase64Bytes = 6;
  const std::size_t element = encoding == VectorEncoding::kFloat ? kDecimalBytes : kBase64Bytes;
  std::size_t bytes = rows.size() * kRowBytes;
  for (const OutputRow& row : rows) {
    for (const OutputField& field : row.fields) {
      bytes += field.name.size() + kScalarBytes;
      const auto* value = std::get_if<Value>(&field.value);
      if (value == nullptr) {
        continue;
      }
      if (const auto* dense = std::get_if<DenseVector>(value)) {
        bytes += dense->elements.size() * element;
      } else if (const auto* text = std::get_if<std::string>(value)) {
        bytes += text->size();
      }
    }
  }
  return bytes;
}

}  // namespace layer::wire
