// Whether an object store keeps the promises that agreement between processes rests on. Run once at
// start, so that a store without conditional writes is refused before it loses anything.
// Thread safety: a free function.
#pragma once

#include "objects/object_store.h"

namespace layer::objects {

// Writes, changes and removes one object below system/probe/. Errors: kIo with
// the promise that was broken; those of ObjectStore.
async::Task<Result<void>> probe(ObjectStore& store);

}  // namespace layer::objects
