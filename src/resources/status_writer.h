// What the source itself knows of each object, as conditions: Accepted for all, CredentialResolved
// for those that name secrets. Thread safety: free functions. Blocks on a disk (secrets).
#pragma once

#include <vector>

#include "resources/catalog.h"
#include "resources/secrets.h"
#include "resources/status.h"

namespace layer::resources {

// Brings `table` in line with `catalog`; statuses of objects that are gone are dropped.
void write_accepted(const Catalog& catalog, StatusTable& table);

// Tries every secret that objects in force name. Returns the values, empty ones for those that
// cannot be had, so that the caller sees whether any changed.
std::vector<core::Secret> write_credentials(const Catalog& catalog, const SecretSource& secrets,
                                            StatusTable& table);

}  // namespace layer::resources
