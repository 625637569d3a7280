// A namespace's layout in the object store, changed by compare-and-set (rules Z1 and S3 of the
// contract). Thread safety: as ObjectStore.
#pragma once

#include <optional>
#include <string>

#include "features/namespaces/layout.h"
#include "objects/object_store.h"

namespace layer::features::layout {

struct LayoutRecord {
  std::optional<namespaces::Layout> layout{};  // nullopt: there is none
  std::string etag{};                          // of what lies there; empty: nothing
};

// Errors: kServiceUnavailable (it cannot be read, or is damaged), kCancelled.
async::Task<Result<LayoutRecord>> read_layout(objects::ObjectStore& objects, std::string ns);

// Puts `layout` in the place of `before` and gives the record that lies there now. Errors:
// kConflict (somebody else has changed it meanwhile), kServiceUnavailable.
async::Task<Result<LayoutRecord>> replace_layout(objects::ObjectStore& objects, std::string ns,
                                                 LayoutRecord before, namespaces::Layout layout);

}  // namespace layer::features::layout
