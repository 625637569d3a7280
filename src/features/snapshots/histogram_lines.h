// The values of a snapshot that is nobody's body: lines of a job's results, one for each value of
// each field, {"field":"lang","v":"en","n":7}, fields by name, values by v. Thread safety: pure
// functions. Cost: linear in the values; thousands of them belong on a pool.
#pragma once

#include <cstdint>
#include <string>

#include "features/snapshots/body.h"

namespace layer::features::snapshots {

struct HistogramLines {
  std::string text;  // whole lines
  std::uint64_t count = 0;
};
// Of a sealed body.
HistogramLines print_histogram(const Body& body);

}  // namespace layer::features::snapshots
