// What the nodes say they have evicted and expired, as one number that only rises: counters start
// again with a server, and nodes come and go. It is of the whole namespace of the server, which
// counts no losses by set. Thread safety: all of it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace layer::cache::aerospike {

class LossTally {
 public:
  // One answer of every node, by its id; `generation` is the cluster's.
  std::uint64_t observe(const std::map<std::string, std::uint64_t>& by_node,
                        std::uint64_t generation);

 private:
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> last_;
  std::uint64_t generation_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace layer::cache::aerospike
