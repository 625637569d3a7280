// A stored document: an id and the values of the attributes it has, by attribute id, without nulls.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/id.h"
#include "wire/schema.h"
#include "wire/value.h"

namespace layer::engine {

using wire::AttrId;

struct Field {
  AttrId attr = 0;
  wire::Value value;
};

struct Row {
  wire::Id id;
  std::vector<Field> fields;  // ascending by attr; absent and null are the same: not listed

  const wire::Value* find(AttrId attr) const {
    auto at = std::ranges::lower_bound(fields, attr, {}, &Field::attr);
    return at != fields.end() && at->attr == attr ? &at->value : nullptr;
  }
};

}  // namespace layer::engine
