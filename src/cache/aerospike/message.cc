#include "cache/aerospike/message.h"

#include <fmt/format.h>

namespace layer::cache::aerospike {
namespace {

constexpr std::size_t kOpHeadBytes = 8;
constexpr std::size_t kFieldHeadBytes = 5;

Result<void> corrupt(std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("a reply of the Aerospike server {}", what));
}

Result<void> parse_fields(Reader& reader, std::size_t count, Message& message) {
  if (count > reader.left() / kFieldHeadBytes) {
    return corrupt("counts more fields than it has");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto bytes = reader.number<std::uint32_t>();
    Reader field(reader.raw(bytes));
    const auto type = static_cast<Field>(field.number<std::uint8_t>());
    if (!reader.ok() || !field.ok()) {
      return corrupt("has a field that runs over its end");
    }
    if (type == Field::kDigest) {
      message.digest = field.raw(kDigestBytes);
    } else if (type == Field::kKey) {
      message.key_type = static_cast<Particle>(field.number<std::uint8_t>());
      message.key = field.raw(field.left());
    }
    if (!field.ok()) {
      return corrupt("has a field that is too short");
    }
  }
  return {};
}

Result<void> parse_bins(Reader& reader, std::size_t count, Message& message) {
  if (count > reader.left() / kOpHeadBytes) {
    return corrupt("counts more bins than it has");
  }
  message.bins.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bytes = reader.number<std::uint32_t>();
    Reader op(reader.raw(bytes));
    op.raw(1);  // which operation it answers
    const auto type = static_cast<Particle>(op.number<std::uint8_t>());
    op.raw(1);  // flags of other kinds of messages
    const auto name_bytes = op.number<std::uint8_t>();
    const std::string_view name = op.raw(name_bytes);
    const std::string_view value = op.raw(op.left());
    if (!reader.ok() || !op.ok()) {
      return corrupt("has a bin that runs over its end");
    }
    message.bins.push_back({.name = name, .type = type, .value = value});
  }
  return {};
}

}  // namespace

Result<Message> parse_message(Reader& reader) {
  const auto head_bytes = reader.number<std::uint8_t>();
  Reader head(reader.raw(head_bytes == 0 ? 0 : head_bytes - 1U));
  Message message;
  head.raw(2);  // info1, info2
  message.info3 = head.number<std::uint8_t>();
  head.raw(1);  // info4
  message.result = static_cast<ResultCode>(head.number<std::uint8_t>());
  message.generation = head.number<std::uint32_t>();
  head.raw(4);  // when the record expires
  message.batch_index = head.number<std::uint32_t>();
  const auto fields = head.number<std::uint16_t>();
  const auto ops = head.number<std::uint16_t>();
  if (!reader.ok() || !head.ok()) {
    LAYER_TRY(corrupt("ends within its head"));
  }
  LAYER_TRY(parse_fields(reader, fields, message));
  LAYER_TRY(parse_bins(reader, ops, message));
  return message;
}

}  // namespace layer::cache::aerospike
