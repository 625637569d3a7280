// The errors that every kind of store words alike. Thread safety: free functions.
#pragma once

#include <string_view>

#include "objects/object_store.h"

namespace layer::objects {

std::unexpected<Error> not_found(std::string_view key);
std::unexpected<Error> condition_failed(std::string_view key);
std::unexpected<Error> too_large(std::string_view key);

// The checks before any put or list.
Result<void> check_put(std::string_view key, std::size_t size);
Result<void> check_list(std::string_view prefix, std::size_t limit);

}  // namespace layer::objects
