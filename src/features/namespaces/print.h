// A member whose value may be unknown. Thread safety: as json::Writer.
#pragma once

#include <optional>
#include <string_view>

#include "json/writer.h"

namespace layer::features::namespaces {

template <class T>
void member_or_null(json::Writer& out, std::string_view name, const std::optional<T>& value) {
  out.key(name);
  if (value) {
    out.value(*value);
  } else {
    out.null();
  }
}

}  // namespace layer::features::namespaces
