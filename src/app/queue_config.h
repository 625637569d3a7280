// Which queue database a gateway has, from its options. Thread safety: values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/options.h"
#include "queue/postgres/database.h"

namespace layer::app {

struct QueueConfig {
  enum class Kind : std::uint8_t { kOff, kFile, kPostgres };
  Kind kind = Kind::kFile;
  std::filesystem::path file;  // empty: queue.db in the data directory
  queue::postgres::DatabaseOptions postgres;
  bool adopt = false;  // take an object store that is bound to another database
};

// Adds what is wrong to `faults`, in words that name the option.
QueueConfig read_queue_config(const core::OptionValues& values, std::vector<Error>& faults);

}  // namespace layer::app
