// The types of a namespace's attributes, as its store tells them. Thread safety: any loop.
#pragma once

#include <string>
#include <string_view>

#include "async/task.h"
#include "store/vector_store.h"
#include "wire/schema.h"

namespace layer::features::row_filter {

// Attributes whose type this program does not know are left out. Errors: kUpstream.
Result<wire::Schema> parse_store_schema(std::string_view metadata);

// Errors: those of VectorStore::send; kNotFound, kUpstream for an answer that is no success.
async::Task<Result<wire::Schema>> read_store_schema(store::VectorStore& store, std::string physical,
                                                    std::string authorization,
                                                    async::TimePoint deadline);

}  // namespace layer::features::row_filter
