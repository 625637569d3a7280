#include "engine/namespace/record.h"

#include <utility>

#include "core/bytes.h"
#include "engine/namespace/codec.h"

namespace layer::engine::ns {

std::string encode_record(const wire::Schema* schema, const Settings& settings,
                          const Overlay& rows) {
  core::ByteWriter out;
  out.fixed<std::uint8_t>(schema != nullptr ? 1 : 0);
  if (schema != nullptr) {
    encode(out, *schema);
  }
  encode(out, settings);
  out.varint(rows.size());
  for (const auto& [id, row] : rows) {
    out.fixed<std::uint8_t>(row ? 1 : 0);
    if (row) {
      encode(out, *row);
    } else {
      encode(out, id);
    }
  }
  return out.take();
}

Result<Record> decode_record(std::string_view payload) {
  core::ByteReader in(payload);
  Record record;
  if (in.fixed<std::uint8_t>() != 0) {
    record.schema = decode_schema(in);
  }
  record.settings = decode_settings(in);
  const std::size_t count = in.count(2);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    if (in.fixed<std::uint8_t>() != 0) {
      Row row = decode_row(in);
      wire::Id id = row.id;
      record.rows.insert_or_assign(record.rows.end(), std::move(id), std::move(row));
    } else {
      record.rows.insert_or_assign(record.rows.end(), decode_id(in), std::nullopt);
    }
  }
  if (!in.done()) {
    return fail(ErrorCode::kCorrupt, "its content does not fit the format of a log record");
  }
  return record;
}

}  // namespace layer::engine::ns
