// The requests about records, as bytes: single ones, batches and scans.
// Thread safety: free functions. Cost: one copy of the bins.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/aerospike/digest.h"
#include "cache/record_store.h"

namespace layer::cache::aerospike {

// Where records are, and how long the server may hold a request before it drops it.
struct Place {
  std::string_view ns;
  std::string_view set;
  std::chrono::milliseconds time_max;
};

struct ReadCommand {
  Digest digest{};
};

enum class WriteKind : std::uint8_t { kPut, kRemove, kTouch };

struct WriteCommand {
  WriteKind kind = WriteKind::kPut;
  Digest digest{};
  std::string_view key{};      // kept with the record, so that a scan can tell it
  const Bins* bins = nullptr;  // of kPut
  std::uint64_t nonce = 0;     // of kPut
  Condition condition{};
  std::uint32_t ttl = 0;

  // What it takes in a batch, roughly from above.
  std::size_t bytes() const;
};

// One page of a scan on one node.
struct ScanCommand {
  std::span<const std::uint16_t> partitions{};  // from their beginning
  std::span<const Digest> after{};              // partitions that continue behind this record
  std::uint64_t records_max = 0;
  std::uint64_t task_id = 0;
};

std::string print_read(const Place& place, const ReadCommand& command, BinSet bins);
std::string print_write(const Place& place, const WriteCommand& command);
// The reply names each by its position here.
std::string print_batch_read(const Place& place, std::span<const ReadCommand> commands,
                             BinSet bins);
std::string print_batch_write(const Place& place, std::span<const WriteCommand> commands);
// `bins` nullopt: keys and versions' generations only, no bin is read.
std::string print_scan(const Place& place, const ScanCommand& command, std::optional<BinSet> bins);

}  // namespace layer::cache::aerospike
