#include "cache/aerospike/cluster.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <boost/asio/query.hpp>

#include "async/fan_out.h"
#include "async/run.h"

namespace layer::cache::aerospike {
namespace {

constexpr unsigned kFailuresMax = 3;  // tends in a row, then a node is given up
constexpr std::size_t kInterviewsAtOnce = 8;

std::shared_ptr<Node> node_of(const Seed& seed, const AerospikeOptions& options) {
  return std::make_shared<Node>("", PeerHost{.host = seed.host, .port = seed.port}, seed.tls_name,
                                options);
}

}  // namespace

Cluster::Cluster(Access access, async::Loop& loop, core::Logger* log)
    : access_(std::move(access)),
      loop_(loop),
      log_(log),
      tasks_(loop),
      pause_(loop.get_executor()) {
  for (const Seed& seed : access_.options.seeds) {
    seeds_.push_back(node_of(seed, access_.options));
  }
}

Cluster::~Cluster() = default;

void Cluster::start() {
  async::run_blocking(loop_, [this]() -> async::Task<> {
    tasks_.spawn(tend());
    co_return;
  });
}

void Cluster::stop() {
  stopping_ = true;
  async::run_blocking(loop_, [this]() -> async::Task<> {
    pause_.cancel();
    co_await tasks_.join();
  });
  const std::unique_lock lock(parts_mutex_);
  for (auto& [loop, part] : parts_) {
    async::run_blocking(*loop, [&part]() -> async::Task<> {
      for (auto& [node, pool] : part->pools) {
        pool->close();
      }
      part.reset();
      co_return;
    });
  }
  parts_.clear();
}

std::shared_ptr<const View> Cluster::view() const {
  const std::scoped_lock lock(view_mutex_);
  return view_;
}

std::string Cluster::last_error() const {
  const std::scoped_lock lock(view_mutex_);
  return last_error_;
}

void Cluster::note_error(const Error& error) {
  const std::scoped_lock lock(view_mutex_);
  last_error_ = error.message;
}

void Cluster::tell(std::string_view message, const Node& node) {
  if (log_ != nullptr) {
    log_->info(message, {{"node", node.id()}, {"address", node.name()}});
  }
}

Cluster::LoopPart& Cluster::part_of(async::Loop& loop) {
  {
    const std::shared_lock lock(parts_mutex_);
    if (const auto at = parts_.find(&loop); at != parts_.end()) {
      return *at->second;
    }
  }
  const std::unique_lock lock(parts_mutex_);
  auto& part = parts_[&loop];
  if (!part) {
    part = std::make_unique<LoopPart>(loop);
  }
  return *part;
}

async::Task<std::shared_ptr<Pool>> Cluster::pool(std::shared_ptr<Node> node) {
  const auto executor = co_await async::asio::this_coro::executor;
  LoopPart& part = part_of(async::asio::query(executor, async::asio::execution::context));
  auto& pool = part.pools[node.get()];
  if (!pool) {
    // A new node is rare: the moment to drop the connections to those that are gone.
    const auto current = view();
    std::erase_if(part.pools, [&](const auto& entry) {
      return entry.second && entry.second->open() == 0 &&
             std::ranges::none_of(current->nodes,
                                  [&](const auto& kept) { return kept.get() == entry.first; }) &&
             std::ranges::none_of(seeds_,
                                  [&](const auto& seed) { return seed.get() == entry.first; });
    });
    pool = std::make_shared<Pool>(part.tools, access_, std::move(node));
  }
  co_return pool;
}

async::Task<> Cluster::tend() {
  while (!stopping_) {
    co_await tend_once();
    if (stopping_) {
      break;
    }
    pause_.expires_after(access_.options.tend_period);
    co_await pause_.async_wait(async::kToken);
  }
}

async::Task<> Cluster::tend_once() {
  std::vector<Known*> known;
  for (auto& [id, one] : known_) {
    one.answered = false;
    known.push_back(&one);
  }
  co_await async::fan_out(known.size(), kInterviewsAtOnce,
                          [&](std::size_t i) { return look_at(*known[i]); });
  if (std::ranges::none_of(known_, [](const auto& entry) { return entry.second.answered; })) {
    co_await look_at_seeds();
  }
  co_await meet_peers();
  forget_the_gone();
  publish();
}

async::Task<> Cluster::look_at(Known& known) {
  auto answer = co_await interview(known.node, &known);
  if (!answer || answer->id != known.node->id()) {
    ++known.failures;
    note_error(answer
                   ? Error{.code = ErrorCode::kUnavailable,
                           .message = fmt::format("another node answers at {}", known.node->name())}
                   : answer.error());
    if (answer) {
      known.failures = kFailuresMax;
    }
    known.partition_generation.clear();
    known.node->suspect();
    co_return;
  }
  learn(known, std::move(*answer));
  if (known.node->take_suspicion()) {
    changed();
    tell("an Aerospike node is back", *known.node);
  }
}

async::Task<> Cluster::look_at_seeds() {
  for (const auto& seed : seeds_) {
    auto answer = co_await interview(seed, nullptr);
    if (!answer) {
      note_error(answer.error());
      continue;
    }
    auto [at, added] = known_.try_emplace(answer->id);
    Known& known = at->second;
    if (added || known.node->address() != seed->address()) {
      known.node =
          std::make_shared<Node>(answer->id, seed->address(), seed->tls_name(), access_.options);
      changed();
      tell("an Aerospike node was found", *known.node);
    }
    learn(known, std::move(*answer));
    (co_await pool(seed))->drop_idle();  // the node has connections of its own
    co_return;
  }
}

void Cluster::learn(Known& known, Answer answer) {
  known.answered = true;
  known.failures = 0;
  known.partition_generation = std::move(answer.partition_generation);
  known.peers = std::move(answer.peers);
  known.owned = answer.owned;
}

async::Task<> Cluster::meet_peers() {
  std::map<std::string, Peer> strangers;
  for (const auto& [id, known] : known_) {
    for (const Peer& peer : known.answered ? known.peers : std::vector<Peer>{}) {
      if (!known_.contains(peer.id) &&
          known_.size() + strangers.size() < access_.options.nodes_max) {
        strangers.emplace(peer.id, peer);
      }
    }
  }
  for (const auto& [id, peer] : strangers) {
    for (const PeerHost& host : peer.hosts) {
      Known known{.node = std::make_shared<Node>(id, host, peer.tls_name, access_.options)};
      co_await look_at(known);
      if (known.answered) {
        tell("an Aerospike node was found", *known.node);
        known_.emplace(id, std::move(known));
        changed();
        break;
      }
    }
  }
}

// A node is gone when it does not answer for a while, or at once when nobody that answers knows it.
void Cluster::forget_the_gone() {
  std::set<std::string_view> mentioned;
  bool anyone = false;
  for (const auto& [id, known] : known_) {
    if (known.answered) {
      anyone = true;
      for (const Peer& peer : known.peers) {
        mentioned.insert(peer.id);
      }
    }
  }
  std::vector<std::string> gone;
  for (const auto& [id, known] : known_) {
    const bool unknown_to_all = anyone && !mentioned.contains(id);
    if (!known.answered && (unknown_to_all || known.failures >= kFailuresMax)) {
      gone.push_back(id);
    }
  }
  for (const std::string& id : gone) {
    tell("an Aerospike node is gone", *known_.at(id).node);
    known_.erase(id);
    changed();
  }
}

void Cluster::publish() {
  auto view = std::make_shared<View>();
  view->masters.fill(View::kNobody);
  std::array<std::uint64_t, kPartitions> regimes{};
  for (const auto& [id, known] : known_) {
    const auto index = static_cast<std::uint16_t>(view->nodes.size());
    view->nodes.push_back(known.node);
    for (std::size_t i = 0; i < kPartitions; ++i) {
      if (known.owned.masters[i] &&
          (view->masters[i] == View::kNobody || known.owned.regime > regimes[i])) {
        view->masters[i] = index;
        regimes[i] = known.owned.regime;
      }
    }
  }
  const std::scoped_lock lock(view_mutex_);
  if (view->nodes != view_->nodes || view->masters != view_->masters) {
    view_ = std::move(view);
  }
  if (!view_->nodes.empty() &&
      std::ranges::all_of(known_, [](const auto& entry) { return entry.second.answered; })) {
    last_error_.clear();
  }
}

async::Task<Result<Cluster::Answer>> Cluster::interview(std::shared_ptr<Node> node,
                                                        const Known* seen) {
  const std::string peers = access_.tls ? "peers-tls-std" : "peers-clear-std";
  const std::vector<std::string> questions{"node", "cluster-name", "partition-generation", peers};
  const std::vector<std::string> partitions{"replicas"};
  const auto deadline = async::SteadyClock::now() + access_.options.tend_time_max;
  const auto connections = co_await pool(node);
  LAYER_CO_ASSIGN(Pool::Lease lease, co_await connections->take(deadline));
  LAYER_CO_ASSIGN(const std::string said, co_await lease->ask(questions, deadline));
  const InfoReply reply = parse_info(said);
  const auto text = [&](const std::string& question) {
    const auto at = reply.find(question);
    return at == reply.end() ? std::string_view{} : at->second;
  };
  if (!access_.options.cluster_name.empty() &&
      text("cluster-name") != access_.options.cluster_name) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("Aerospike at {} belongs to the cluster '{}', not to '{}'",
                               node->name(), text("cluster-name"), access_.options.cluster_name));
  }
  Answer answer{.id = std::string(text("node")),
                .partition_generation = std::string(text("partition-generation")),
                .peers = {},
                .owned = seen == nullptr ? OwnedPartitions{} : seen->owned};
  if (answer.id.empty()) {
    co_return fail(ErrorCode::kCorrupt,
                   fmt::format("Aerospike at {} does not tell its name", node->name()));
  }
  LAYER_CO_ASSIGN(answer.peers, parse_peers(text(peers)));
  if (seen == nullptr || seen->partition_generation != answer.partition_generation) {
    LAYER_CO_ASSIGN(const std::string map, co_await lease->ask(partitions, deadline));
    const InfoReply owned = parse_info(map);
    LAYER_CO_ASSIGN(
        answer.owned,
        parse_replicas(owned.contains("replicas") ? owned.at("replicas") : "", access_.options.ns));
  }
  lease.give_back();
  co_return answer;
}

}  // namespace layer::cache::aerospike
