#include "cache/aerospike/client.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "async/fan_out.h"
#include "cache/aerospike/record.h"
#include "core/random.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::size_t kNodesAtOnce = 32;
constexpr std::size_t kBatchEntriesMax = 1000;  // of one request

Error not_connected(const Cluster& cluster) {
  const std::string why = cluster.last_error();
  return {.code = ErrorCode::kUnavailable,
          .message = why.empty() ? "no Aerospike node has been found yet" : why};
}

// The server does not know this connection any more.
bool shut_out(ResultCode result) {
  return result == ResultCode::kNotAuthenticated || result == ResultCode::kExpiredSession ||
         result == ResultCode::kBadCredential;
}

Error unexpected_result(ResultCode result, std::string_view doing) {
  const bool passing = result == ResultCode::kTimeout || result == ResultCode::kUnavailable ||
                       result == ResultCode::kKeyBusy || result == ResultCode::kDeviceOverload ||
                       shut_out(result);
  return {.code = passing ? ErrorCode::kUnavailable : ErrorCode::kIo,
          .message = fmt::format("the Aerospike server answered a {} with result {}", doing,
                                 static_cast<int>(result))};
}

}  // namespace

// The records of one request: their places in the caller's order.
struct Client::Group {
  std::shared_ptr<Node> node;
  std::vector<std::size_t> members;
};

async::TimePoint Client::operation_deadline() const {
  return async::SteadyClock::now() + cluster_.options().operation_time_max;
}

Result<std::vector<Client::Group>> Client::group(std::span<const Digest> digests) const {
  const auto view = cluster_.view();
  if (view->nodes.empty()) {
    return std::unexpected(not_connected(cluster_));
  }
  std::map<const Node*, Group> by_node;
  for (std::size_t i = 0; i < digests.size(); ++i) {
    auto node = view->master(partition_of(aerospike::view(digests[i])));
    if (!node) {
      // While partitions move nobody may claim one; any node passes the request on.
      node = view->nodes[core::random_u64() % view->nodes.size()];
    }
    Group& group = by_node[node.get()];
    group.node = node;
    group.members.push_back(i);
  }
  std::vector<Group> groups;
  groups.reserve(by_node.size());
  for (auto& [node, group] : by_node) {
    groups.push_back(std::move(group));
  }
  return groups;
}

async::Task<Result<void>> Client::run_once(Node& node, Pool& pool, const std::string& request,
                                           async::TimePoint deadline, const OnMessage& on_message,
                                           bool one_reply, bool& kept) {
  LAYER_CO_ASSIGN(Pool::Lease lease, co_await pool.take(deadline));
  kept = !lease.fresh();
  const auto failed = [&](Error error) {
    if (error.code != ErrorCode::kCancelled) {
      node.suspect();
    }
    return std::unexpected(std::move(error));
  };
  if (auto sent = co_await lease->send(request, deadline); !sent) {
    co_return failed(std::move(sent).error());
  }
  std::uint64_t left = cluster_.options().reply_bytes_max;
  for (bool done = false; !done;) {
    auto frame = co_await lease->receive(left, deadline);
    if (!frame) {
      co_return failed(std::move(frame).error());
    }
    left -= frame->body.size();
    if (frame->type != FrameType::kMessage) {
      co_return failed({.code = ErrorCode::kCorrupt,
                        .message = "the Aerospike server answered with another kind of message"});
    }
    Reader reader(frame->body);
    done = one_reply;
    while (reader.left() > 0) {
      auto message = parse_message(reader);
      if (!message) {
        co_return failed(std::move(message).error());
      }
      if (shut_out(message->result)) {
        co_return failed(unexpected_result(message->result, "request"));
      }
      if (!one_reply && message->last()) {
        if (message->result != ResultCode::kOk && message->result != ResultCode::kNotFound) {
          lease.give_back();
          co_return std::unexpected(unexpected_result(message->result, "request"));
        }
        done = true;
        break;
      }
      if (auto taken = on_message(*message); !taken) {
        co_return failed(std::move(taken).error());
      }
    }
  }
  lease.give_back();
  co_return Result<void>{};
}

async::Task<Result<void>> Client::run(std::shared_ptr<Node> node, std::string request, bool again,
                                      async::TimePoint deadline, OnMessage on_message,
                                      bool one_reply) {
  const auto pool = co_await cluster_.pool(node);
  bool kept = false;
  auto result = co_await run_once(*node, *pool, request, deadline, on_message, one_reply, kept);
  if (!result && again && kept && result.error().code == ErrorCode::kUnavailable &&
      async::SteadyClock::now() < deadline) {
    result = co_await run_once(*node, *pool, request, deadline, on_message, one_reply, kept);
  }
  if (!result && result.error().code == ErrorCode::kCorrupt) {
    result.error().code = ErrorCode::kIo;
  }
  co_return result;
}

async::Task<Result<std::vector<std::optional<Record>>>> Client::read(std::string set,
                                                                     std::vector<Digest> digests,
                                                                     BinSet bins) {
  const auto deadline = operation_deadline();
  std::vector<std::optional<Record>> records(digests.size());
  LAYER_CO_ASSIGN(const auto groups, group(digests));
  const Place place{
      .ns = cluster_.options().ns, .set = set, .time_max = cluster_.options().operation_time_max};
  Result<void> outcome;
  const auto read_group = [&](std::size_t which) -> async::Task<> {
    const Group& one = groups[which];
    const bool single = one.members.size() == 1;
    std::string request;
    if (single) {
      request = print_read(place, {.digest = digests[one.members.front()]}, bins);
    } else {
      std::vector<ReadCommand> commands;
      commands.reserve(one.members.size());
      for (const std::size_t at : one.members) {
        commands.push_back({.digest = digests[at]});
      }
      request = print_batch_read(place, commands, bins);
    }
    std::size_t answers = 0;
    const auto on_message = [&](const Message& message) -> Result<void> {
      const std::size_t index = single ? 0 : message.batch_index;
      if (index >= one.members.size()) {
        return fail(ErrorCode::kCorrupt, "the Aerospike server answered for a key nobody asked of");
      }
      ++answers;
      if (message.result == ResultCode::kOk) {
        // What something else wrote under this key is no record of ours.
        if (auto record = record_of(message)) {
          records[one.members[index]] = std::move(*record);
        }
      } else if (message.result != ResultCode::kNotFound) {
        outcome = std::unexpected(unexpected_result(message.result, "read"));
      }
      return {};
    };
    auto ran = co_await run(one.node, std::move(request), true, deadline, on_message, single);
    if (!ran) {
      outcome = std::move(ran);
    } else if (answers < one.members.size()) {
      outcome = fail(ErrorCode::kIo, "the Aerospike server left keys of a batch unanswered");
    }
  };
  co_await async::fan_out(groups.size(), kNodesAtOnce, read_group);
  LAYER_CO_TRY(outcome);
  co_return records;
}

async::Task<Result<std::vector<WriteResult>>> Client::write(std::string set,
                                                            std::vector<WriteCommand> commands) {
  const auto deadline = operation_deadline();
  std::vector<WriteResult> results(commands.size());
  std::vector<Digest> digests;
  digests.reserve(commands.size());
  for (const WriteCommand& command : commands) {
    digests.push_back(command.digest);
  }
  LAYER_CO_ASSIGN(const auto by_node, group(digests));
  // A request has bounded bytes and entries.
  std::vector<Group> groups;
  for (const Group& whole : by_node) {
    std::size_t bytes = 0;
    Group part{.node = whole.node, .members = {}};
    for (const std::size_t at : whole.members) {
      const std::size_t more = commands[at].bytes();
      if (!part.members.empty() && (bytes + more > cluster_.options().batch_bytes_max ||
                                    part.members.size() >= kBatchEntriesMax)) {
        groups.push_back(std::exchange(part, {.node = whole.node, .members = {}}));
        bytes = 0;
      }
      bytes += more;
      part.members.push_back(at);
    }
    groups.push_back(std::move(part));
  }
  const Place place{
      .ns = cluster_.options().ns, .set = set, .time_max = cluster_.options().operation_time_max};
  Result<void> outcome;
  const auto write_group = [&](std::size_t which) -> async::Task<> {
    const Group& one = groups[which];
    const bool single = one.members.size() == 1;
    std::string request;
    if (single) {
      request = print_write(place, commands[one.members.front()]);
    } else {
      std::vector<WriteCommand> batch;
      batch.reserve(one.members.size());
      for (const std::size_t at : one.members) {
        batch.push_back(commands[at]);
      }
      request = print_batch_write(place, batch);
    }
    std::size_t answers = 0;
    const auto on_message = [&](const Message& message) -> Result<void> {
      const std::size_t index = single ? 0 : message.batch_index;
      if (index >= one.members.size()) {
        return fail(ErrorCode::kCorrupt, "the Aerospike server answered for a key nobody wrote");
      }
      ++answers;
      results[one.members[index]] = {.result = message.result,
                                     .generation = static_cast<std::uint16_t>(message.generation)};
      return {};
    };
    auto ran = co_await run(one.node, std::move(request), false, deadline, on_message, single);
    if (!ran) {
      outcome = std::move(ran);
    } else if (answers < one.members.size()) {
      outcome = fail(ErrorCode::kIo, "the Aerospike server left puts of a batch unanswered");
    }
  };
  co_await async::fan_out(groups.size(), kNodesAtOnce, write_group);
  LAYER_CO_TRY(outcome);
  co_return results;
}

async::Task<Result<void>> Client::scan(std::shared_ptr<Node> node, std::string request,
                                       OnMessage on_message) {
  const auto deadline = async::SteadyClock::now() + cluster_.options().scan_time_max;
  co_return co_await run(std::move(node), std::move(request), false, deadline,
                         std::move(on_message), false);
}

async::Task<Result<Client::Said>> Client::ask(std::shared_ptr<Node> node, std::string question) {
  const auto deadline = async::SteadyClock::now() + cluster_.options().tend_time_max;
  const auto pool = co_await cluster_.pool(node);
  LAYER_CO_ASSIGN(Pool::Lease lease, co_await pool->take(deadline));
  const std::vector<std::string> questions{question};
  auto said = co_await lease->ask(questions, deadline);
  if (!said) {
    node->suspect();
    if (said.error().code == ErrorCode::kCorrupt) {
      said.error().code = ErrorCode::kIo;
    }
    co_return std::unexpected(std::move(said).error());
  }
  lease.give_back();
  const InfoReply reply = parse_info(*said);
  const auto at = reply.find(question);
  co_return Said{.node = node->id(),
                 .text = at == reply.end() ? std::string() : std::string(at->second)};
}

async::Task<Result<std::vector<Client::Said>>> Client::ask_all(std::string question) {
  const auto view = cluster_.view();
  if (view->nodes.empty()) {
    co_return std::unexpected(not_connected(cluster_));
  }
  std::vector<Said> all(view->nodes.size());
  Result<void> outcome;
  const auto ask_node = [&](std::size_t i) -> async::Task<> {
    auto said = co_await ask(view->nodes[i], question);
    if (said) {
      all[i] = std::move(*said);
    } else {
      outcome = std::unexpected(std::move(said).error());
    }
  };
  co_await async::fan_out(view->nodes.size(), kNodesAtOnce, ask_node);
  LAYER_CO_TRY(outcome);
  co_return all;
}

async::Task<Result<Client::Said>> Client::ask_one(std::string question) {
  const auto view = cluster_.view();
  if (view->nodes.empty()) {
    co_return std::unexpected(not_connected(cluster_));
  }
  co_return co_await ask(view->nodes[core::random_u64() % view->nodes.size()], std::move(question));
}

}  // namespace layer::cache::aerospike
