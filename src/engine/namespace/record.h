// One log record: the outcome of one write, not its request. Replaying it needs no conditions, no
// filters and no clock. Replaying it twice, or over a state that already has it, changes nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "engine/base/row.h"
#include "engine/namespace/metadata.h"
#include "wire/id.h"
#include "wire/schema.h"

namespace layer::engine::ns {

// What changed since some snapshot: rows as they are now, nullopt for documents that are gone.
// Ascending by id, which is the order segments are built in.
using Overlay = std::map<wire::Id, std::optional<Row>>;

struct Record {
  std::optional<wire::Schema> schema{};  // after the write, when it changed
  Settings settings{};                   // after the write: it always moves a time stamp
  Overlay rows{};
};

// `schema` is null when it did not change.
std::string encode_record(const wire::Schema* schema, const Settings& settings,
                          const Overlay& rows);
// Errors: kCorrupt; the message says nothing of where, the caller knows.
Result<Record> decode_record(std::string_view payload);

}  // namespace layer::engine::ns
