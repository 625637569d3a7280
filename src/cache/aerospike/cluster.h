// The nodes of a cluster and who is master of what, kept up to date by one tend loop: every period
// each node is asked who it is, whom it knows and which partitions it has. Operations see the last
// published view; the server passes on what reaches the wrong node, so a view that is a moment old
// costs a detour and nothing else.
//
// Thread safety: all of it, except start() and stop(): once each, on a thread that is not a loop's,
// stop() after the last operation ended. Every loop that operations run on outlives stop().
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "async/task_group.h"
#include "cache/aerospike/digest.h"
#include "cache/aerospike/partition_map.h"
#include "cache/aerospike/pool.h"
#include "core/log.h"

namespace layer::cache::aerospike {

struct View {
  static constexpr std::uint16_t kNobody = 0xFFFF;

  std::vector<std::shared_ptr<Node>> nodes;
  std::array<std::uint16_t, kPartitions> masters{};  // index into nodes, or kNobody

  // Null: nobody is known to be its master.
  std::shared_ptr<Node> master(std::uint16_t partition) const {
    const std::uint16_t at = masters[partition];
    return at == kNobody ? nullptr : nodes[at];
  }
};

class Cluster {
 public:
  // `loop` runs the tend loop. The options have at least one seed. Log may be null.
  Cluster(Access access, async::Loop& loop, core::Logger* log);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  void start();
  void stop();

  const AerospikeOptions& options() const { return access_.options; }
  std::shared_ptr<const View> view() const;
  // Rises whenever the cluster may have forgotten or missed operations.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  bool connected() const { return !view()->nodes.empty(); }
  std::string last_error() const;

  // The caller's loop's connections to `node`.
  async::Task<std::shared_ptr<Pool>> pool(std::shared_ptr<Node> node);

 private:
  struct LoopPart {
    explicit LoopPart(async::Loop& loop) : tools(loop) {}
    LoopTools tools;
    std::map<const Node*, std::shared_ptr<Pool>> pools;
  };
  struct Known {
    std::shared_ptr<Node> node;
    std::string partition_generation{};
    OwnedPartitions owned{};
    std::vector<Peer> peers{};
    unsigned failures = 0;  // tends in a row
    bool answered = false;  // to this tend
  };
  struct Answer {
    std::string id;
    std::string partition_generation;
    std::vector<Peer> peers;
    OwnedPartitions owned;
  };

  LoopPart& part_of(async::Loop& loop);
  async::Task<> tend();
  async::Task<> tend_once();
  async::Task<> look_at(Known& known);
  async::Task<> look_at_seeds();
  async::Task<> meet_peers();
  // The partitions are asked for only when their generation is another than `seen`'s.
  async::Task<Result<Answer>> interview(std::shared_ptr<Node> node, const Known* seen);
  static void learn(Known& known, Answer answer);
  void forget_the_gone();
  void publish();
  void changed() { generation_.fetch_add(1, std::memory_order_acq_rel); }
  void note_error(const Error& error);
  void tell(std::string_view message, const Node& node);

  const Access access_;
  async::Loop& loop_;
  core::Logger* log_;

  mutable std::shared_mutex parts_mutex_;
  std::map<async::Loop*, std::unique_ptr<LoopPart>> parts_;

  mutable std::mutex view_mutex_;
  std::shared_ptr<const View> view_ = std::make_shared<View>();
  std::string last_error_;

  std::atomic<std::uint64_t> generation_{1};
  std::atomic<bool> stopping_{false};

  // Of the tend loop alone.
  std::map<std::string, Known> known_;
  std::vector<std::shared_ptr<Node>> seeds_;
  async::TaskGroup tasks_;
  async::Timer pause_;
};

}  // namespace layer::cache::aerospike
