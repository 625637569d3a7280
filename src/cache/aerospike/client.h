// Operations on the records of a cluster: routed to the master of each record's partition, grouped
// into one batch a node, bounded in time, bytes and connections.
//
// A read is tried a second time when its connection breaks; a write is not: whether the server
// applied it is not known. Thread safety: any loop, concurrently.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cache/aerospike/cluster.h"
#include "cache/aerospike/commands.h"
#include "cache/aerospike/message.h"

namespace layer::cache::aerospike {

// What a write came to: its result, and the generation when that is kOk.
struct WriteResult {
  ResultCode result = ResultCode::kUnavailable;
  std::uint16_t generation = 0;
};

class Client {
 public:
  explicit Client(Cluster& cluster) : cluster_(cluster) {}

  // One entry a digest; nullopt: not there.
  async::Task<Result<std::vector<std::optional<Record>>>> read(std::string set,
                                                               std::vector<Digest> digests,
                                                               BinSet bins);
  // One entry a command; the bins they point to outlive the call. Of two commands for one record
  // the order is not kept.
  async::Task<Result<std::vector<WriteResult>>> write(std::string set,
                                                      std::vector<WriteCommand> commands);

  // Answers of every node to the same question, by node id.
  struct Said {
    std::string node;
    std::string text;
  };
  async::Task<Result<std::vector<Said>>> ask_all(std::string question);
  // Of any one node.
  async::Task<Result<Said>> ask_one(std::string question);

  // One page of a scan on one node; `on_message` is called for each message but the last. Errors
  // it returns end the scan.
  using OnMessage = std::function<Result<void>(const Message&)>;
  async::Task<Result<void>> scan(std::shared_ptr<Node> node, std::string request,
                                 OnMessage on_message);

  Cluster& cluster() { return cluster_; }

 private:
  struct Group;

  async::TimePoint operation_deadline() const;
  // Each record's number with the node that is its master.
  Result<std::vector<Group>> group(std::span<const Digest> digests) const;
  async::Task<Result<void>> run(std::shared_ptr<Node> node, std::string request, bool again,
                                async::TimePoint deadline, OnMessage on_message, bool one_reply);
  async::Task<Result<void>> run_once(Node& node, Pool& pool, const std::string& request,
                                     async::TimePoint deadline, const OnMessage& on_message,
                                     bool one_reply, bool& kept);
  async::Task<Result<Said>> ask(std::shared_ptr<Node> node, std::string question);

  Cluster& cluster_;
};

}  // namespace layer::cache::aerospike
