// Which features a schema has columns for. Thread safety: pure function.
#pragma once

#include <optional>
#include <string_view>

#include "features/namespaces/store_metadata.h"

namespace layer::features::capabilities {

// Why a namespace with this schema cannot serve `feature`; nullopt: it can.
std::optional<std::string_view> missing_in_schema(std::string_view feature,
                                                  const namespaces::StoreMetadata& metadata);

}  // namespace layer::features::capabilities
