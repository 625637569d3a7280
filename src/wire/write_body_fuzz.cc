// Bodies of writes, read and typed as a fresh namespace would: no input may crash or read out of
// bounds, and a schema that accepted a value keeps accepting it.
#include <cstdlib>
#include <string>

#include "testing/fuzz.h"
#include "wire/legacy_write.h"
#include "wire/schema_merge.h"
#include "wire/typing.h"
#include "wire/write.h"

namespace layer::wire {
namespace {

// What a namespace does with each row of its first write.
Result<void> type_rows(const WriteRequest& request) {
  Schema schema;
  if (request.schema) {
    LAYER_TRY(merge_schema(schema, *request.schema, true, request.distance_metric));
  }
  if (!request.upserts) {
    return {};
  }
  for (const RawRow& row : *request.upserts) {
    LAYER_TRY(read_id(row.id, schema.id_type, "id"));
    for (const RawField& field : row.fields) {
      auto known = schema.find(field.name);
      if (!known) {
        LAYER_ASSIGN(auto inferred, infer_attribute(field.name, field.value));
        if (!inferred) {
          continue;
        }
        LAYER_ASSIGN(known, add_inferred(schema, *inferred, true, DistanceMetric::kCosine));
      }
      LAYER_ASSIGN(const Value value, read_value(schema.at(*known), field.value));
      LAYER_ASSIGN(const Value again, read_value(schema.at(*known), field.value));
      if (value != again || logical_bytes(value) != logical_bytes(again)) {
        std::abort();
      }
    }
  }
  return {};
}

void run(Result<WriteRequest> request) {
  if (request) {
    static_cast<void>(type_rows(*request));
  } else if (request.error().message.empty()) {
    std::abort();
  }
}

}  // namespace

LAYER_FUZZ_TARGET(write_body) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  run(parse_write(body));
  run(parse_legacy_write(body));
}

}  // namespace layer::wire
