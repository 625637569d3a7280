// All records of a source, whatever it is. Thread safety: free function; blocks on disks and
// networks.
#pragma once

#include "sources/records.h"
#include "sources/source_spec.h"
#include "sources/waiting.h"

namespace layer::sources {

// A feed or a page that cannot be read is told to the sink, as a record that cannot; other feeds go
// on, pages after it do not. Errors: kInvalidArgument, there is nothing to read at all.
Result<void> read_source(const SourceSpec& spec, const Wait& wait, const Sink& sink);

}  // namespace layer::sources
