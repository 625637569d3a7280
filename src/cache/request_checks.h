// The limits of record_store.h, checked alike by every kind of store before it does anything.
// Thread safety: free functions. Errors: kInvalidArgument.
#pragma once

#include <string>
#include <vector>

#include "cache/record_store.h"

namespace layer::cache {

Result<void> check_set(const std::string& set);
// Of get and remove: the set too.
Result<void> check_keys(const std::string& set, const std::vector<std::string>& keys);
// Of put: the set and every key and size too.
Result<void> check_puts(const std::string& set, const std::vector<Put>& puts);
Result<void> check_scan(const std::string& set, std::size_t limit);

// All bins together, and what they take in memory, which may be more.
std::size_t bytes_of(const Bins& bins);
std::size_t memory_of(const Bins& bins);

// `from` + `span`; the end of time where that is later than a clock can say.
async::TimePoint later(async::TimePoint from, std::chrono::milliseconds span);

// A record as a reader that wants `bins` gets it.
Record with_bins(const Record& record, BinSet bins);

}  // namespace layer::cache
