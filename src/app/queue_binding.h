// An object store belongs to one queue database (rule J8 of the contract): what jobs leave there is
// found through the database's rows, and two databases would not know of each other's. The object
// system/queue.json names the one. Thread safety: as ObjectStore.
#pragma once

#include <string>

#include "objects/object_store.h"

namespace layer::app {

struct QueueIdentity {
  std::string kind;      // of the database: "postgres", "sqlite"
  std::string instance;  // made once, stays with the database
  bool binds = false;    // whether an object store without a database becomes this one's
};

// Fine when the object store has no database, this one, or `adopt` says that it changes to this
// one. Errors: kInvalidArgument (it has another one; the message says what to do); those of
// ObjectStore; kCorrupt (the object cannot be read).
async::Task<Result<void>> bind_queue(objects::ObjectStore& objects, QueueIdentity queue,
                                     bool adopt);

}  // namespace layer::app
