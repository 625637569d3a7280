// Items of a function: added, then claimed and completed in batches by workers at the same time.
#pragma once

#include <cstddef>
#include <string_view>

#include "async/task.h"
#include "queue/function_queue.h"

namespace layer::bench {

struct ItemsCase {
  std::size_t items = 100'000;
  std::size_t batch = 1000;
  std::size_t workers = 4;
};

// Prints a line for each of the two. Ends the process when an item is lost.
void report_items(std::string_view kind, queue::FunctionQueue& queue, async::Loop& loop,
                  ItemsCase what);

}  // namespace layer::bench
