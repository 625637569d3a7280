#include "cache/aerospike/aerospike_store.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "async/deadline.h"
#include "async/run.h"
#include "cache/aerospike/record.h"
#include "cache/request_checks.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::size_t kReleasesAtOnce = 1000;
constexpr std::size_t kSweepPage = 1000;
constexpr std::size_t kCountPage = 100'000;
// Truncation takes what was written before its millisecond.
constexpr std::chrono::milliseconds kTruncateStep{2};

// Counts an operation while it runs.
class Inflight {
 public:
  explicit Inflight(std::atomic<std::uint64_t>& count) : count_(count) {
    count_.fetch_add(1, std::memory_order_relaxed);
  }
  ~Inflight() { count_.fetch_sub(1, std::memory_order_relaxed); }
  Inflight(const Inflight&) = delete;
  Inflight& operator=(const Inflight&) = delete;

 private:
  std::atomic<std::uint64_t>& count_;
};

}  // namespace

AerospikeStore::AerospikeStore(Access access, async::Loop& loop, core::Logger* log)
    : cluster_(std::move(access), loop, log),
      client_(cluster_),
      sets_(client_),
      loop_(loop),
      tasks_(loop),
      pause_(loop.get_executor()) {}

AerospikeStore::~AerospikeStore() = default;

void AerospikeStore::start() {
  cluster_.start();
  async::run_blocking(loop_, [this]() -> async::Task<> {
    tasks_.spawn(release_holds());
    co_return;
  });
}

void AerospikeStore::stop() {
  stopping_ = true;
  async::run_blocking(loop_, [this]() -> async::Task<> {
    pause_.cancel();
    co_await tasks_.join();
  });
  cluster_.stop();
}

async::Task<bool> AerospikeStore::connected_by(async::TimePoint deadline) {
  constexpr std::chrono::milliseconds kLookAgain{5};
  while (!cluster_.connected() && async::SteadyClock::now() < deadline) {
    co_await async::sleep_for(kLookAgain);
  }
  co_return cluster_.connected();
}

async::Task<> AerospikeStore::release_holds() {
  while (!stopping_) {
    pause_.expires_after(cluster_.options().tend_period);
    co_await pause_.async_wait(async::kToken);
    std::vector<Holds::Held> due;
    do {
      const auto now = async::SteadyClock::now();
      due = holds_.due(now, stopping_ ? 0 : kReleasesAtOnce);
      std::map<std::string, std::vector<WriteCommand>> by_set;
      for (const Holds::Held& held : due) {
        const auto left = held.expires == async::TimePoint::max()
                              ? kNoExpiry
                              : std::chrono::ceil<std::chrono::milliseconds>(held.expires - now);
        by_set[held.set].push_back({.kind = WriteKind::kTouch,
                                    .digest = held.digest,
                                    .condition = Condition::matches(held.version),
                                    .ttl = ttl_seconds(left)});
      }
      for (auto& [set, touches] : by_set) {
        // Where it fails the record stays as it is, which wastes its place and nothing else.
        (void)co_await client_.write(set, std::move(touches));
      }
    } while (due.size() == kReleasesAtOnce);
  }
}

async::Task<Result<std::vector<std::optional<Record>>>> AerospikeStore::get(
    std::string set, std::vector<std::string> keys, BinSet bins) {
  const Inflight counted(inflight_);
  LAYER_CO_TRY(check_keys(set, keys));
  if (keys.empty()) {
    co_return std::vector<std::optional<Record>>{};
  }
  LAYER_CO_ASSIGN(const auto place, co_await sets_.find(set));
  if (!place) {
    co_return std::vector<std::optional<Record>>(keys.size());
  }
  std::vector<Digest> digests;
  digests.reserve(keys.size());
  for (const std::string& key : keys) {
    digests.push_back(digest_of(place->set, place->key(key)));
  }
  co_return co_await client_.read(place->set, std::move(digests), bins);
}

async::Task<Result<std::vector<PutOutcome>>> AerospikeStore::put(std::string set,
                                                                 std::vector<Put> puts) {
  const Inflight counted(inflight_);
  LAYER_CO_TRY(check_puts(set, puts));
  std::vector<PutOutcome> outcomes(puts.size(), {.kind = PutOutcome::Kind::kRefused});
  if (puts.empty()) {
    co_return outcomes;
  }
  LAYER_CO_ASSIGN(const auto place, co_await sets_.find_or_choose(set));
  if (!place) {
    refused_.fetch_add(puts.size(), std::memory_order_relaxed);
    co_return outcomes;
  }
  // A batch keeps no order among puts of one key, so each further one waits for its own round.
  std::vector<std::vector<std::size_t>> rounds;
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < puts.size(); ++i) {
    if (bytes_of(puts[i].bins) + puts[i].key.size() > cluster_.options().record_bytes_max) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const std::size_t round = seen[puts[i].key]++;
    rounds.resize(std::max(rounds.size(), round + 1));
    rounds[round].push_back(i);
  }
  for (const auto& members : rounds) {
    LAYER_CO_TRY(co_await put_round(*place, puts, members, outcomes));
  }
  co_return outcomes;
}

async::Task<Result<void>> AerospikeStore::put_round(SetPlace place, const std::vector<Put>& puts,
                                                    const std::vector<std::size_t>& members,
                                                    std::vector<PutOutcome>& outcomes) {
  std::vector<WriteCommand> commands;
  std::vector<std::string> keys;
  keys.reserve(members.size());
  commands.reserve(members.size());
  for (const std::size_t at : members) {
    const Put& put = puts[at];
    keys.push_back(place.key(put.key));
    commands.push_back({.kind = WriteKind::kPut,
                        .digest = digest_of(place.set, keys.back()),
                        .key = keys.back(),
                        .bins = &put.bins,
                        .nonce = draw_nonce(),
                        .condition = put.condition,
                        .ttl = put.hold.count() > 0 ? kTtlNever : ttl_seconds(put.ttl)});
  }
  LAYER_CO_ASSIGN(const auto results, co_await client_.write(place.set, commands));
  for (std::size_t i = 0; i < members.size(); ++i) {
    LAYER_CO_ASSIGN(outcomes[members[i]],
                    outcome_of(place, puts[members[i]], commands[i], results[i]));
  }
  co_return Result<void>{};
}

Result<PutOutcome> AerospikeStore::outcome_of(const SetPlace& place, const Put& put,
                                              const WriteCommand& command,
                                              const WriteResult& result) {
  switch (result.result) {
    case ResultCode::kOk: {
      const std::uint64_t version = version_of(command.nonce, result.generation);
      const auto now = async::SteadyClock::now();
      if (put.hold.count() > 0) {
        holds_.hold({.set = place.set,
                     .digest = command.digest,
                     .version = version,
                     .until = later(now, put.hold),
                     .expires = later(now, put.ttl)});
      } else {
        holds_.forget(command.digest);
      }
      return PutOutcome{.kind = PutOutcome::Kind::kDone, .version = version};
    }
    case ResultCode::kGeneration:
    case ResultCode::kExists:
    case ResultCode::kFilteredOut:
      return PutOutcome{.kind = PutOutcome::Kind::kConflict};
    case ResultCode::kNotFound:
      if (put.condition.kind == Condition::Kind::kVersion) {
        return PutOutcome{.kind = PutOutcome::Kind::kConflict};
      }
      break;
    case ResultCode::kOutOfSpace:
    case ResultCode::kTooBig:
    case ResultCode::kDeviceOverload:
    case ResultCode::kForbidden:
      refused_.fetch_add(1, std::memory_order_relaxed);
      return PutOutcome{.kind = PutOutcome::Kind::kRefused};
    default:
      break;
  }
  return fail(ErrorCode::kUnavailable,
              fmt::format("the Aerospike server did not apply a put (result {})",
                          static_cast<int>(result.result)));
}

async::Task<Result<void>> AerospikeStore::remove_digests(std::string set,
                                                         std::vector<Digest> digests) {
  // The same key twice would be two removes of one batch; one is enough.
  std::ranges::sort(digests);
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
  std::vector<WriteCommand> commands;
  commands.reserve(digests.size());
  for (const Digest& digest : digests) {
    commands.push_back({.kind = WriteKind::kRemove, .digest = digest});
    holds_.forget(digest);
  }
  LAYER_CO_ASSIGN(const auto results, co_await client_.write(set, std::move(commands)));
  for (const WriteResult& result : results) {
    if (result.result != ResultCode::kOk && result.result != ResultCode::kNotFound) {
      co_return fail(ErrorCode::kUnavailable,
                     fmt::format("the Aerospike server did not remove a record (result {})",
                                 static_cast<int>(result.result)));
    }
  }
  co_return Result<void>{};
}

async::Task<Result<void>> AerospikeStore::remove(std::string set, std::vector<std::string> keys) {
  const Inflight counted(inflight_);
  LAYER_CO_TRY(check_keys(set, keys));
  LAYER_CO_ASSIGN(const auto place, co_await sets_.find(set));
  if (!place || keys.empty()) {
    co_return Result<void>{};
  }
  std::vector<Digest> digests;
  digests.reserve(keys.size());
  for (const std::string& key : keys) {
    digests.push_back(digest_of(place->set, place->key(key)));
  }
  co_return co_await remove_digests(place->set, std::move(digests));
}

async::Task<Result<ScanPage>> AerospikeStore::scan(std::string set, std::string cursor,
                                                   std::size_t limit, BinSet bins) {
  const Inflight counted(inflight_);
  LAYER_CO_TRY(check_scan(set, limit));
  LAYER_CO_ASSIGN(ScanCursor at, ScanCursor::parse(cursor));
  LAYER_CO_ASSIGN(const auto place, co_await sets_.find(set));
  ScanPage page;
  if (!place) {
    co_return page;
  }
  LAYER_CO_ASSIGN(auto found, co_await scan_page(client_, place->set, at, limit, bins));
  for (FoundRecord& one : found) {
    if (one.key.size() > place->key_prefix.size() && one.key.starts_with(place->key_prefix)) {
      page.records.push_back(
          {.key = one.key.substr(place->key_prefix.size()), .record = std::move(one.record)});
    }
  }
  page.cursor = at.print();
  co_return page;
}

// The server counts a set itself, but with copies and with what has expired and is still there, so
// a count that is held against another one is made by a scan.
async::Task<Result<std::uint64_t>> AerospikeStore::count(std::string set) {
  const Inflight counted(inflight_);
  LAYER_CO_TRY(check_set(set));
  LAYER_CO_ASSIGN(const auto place, co_await sets_.find(set));
  if (!place) {
    co_return 0;
  }
  if (place->shared()) {
    co_return co_await count_shared(*place);
  }
  const std::string question = fmt::format("sets/{}/{}", cluster_.options().ns, place->set);
  LAYER_CO_ASSIGN(const auto said, co_await client_.ask_all(question));
  const bool empty = std::ranges::all_of(said, [](const Client::Said& one) {
    return find_number(one.text, ':', "objects").value_or(0) == 0;
  });
  if (empty) {
    co_return 0;
  }
  std::uint64_t number = 0;
  ScanCursor at;
  while (!at.at_end()) {
    LAYER_CO_ASSIGN(const auto found,
                    co_await scan_page(client_, place->set, at, kCountPage, std::nullopt));
    number += found.size();
  }
  co_return number;
}

async::Task<Result<std::uint64_t>> AerospikeStore::count_shared(SetPlace place) {
  std::uint64_t number = 0;
  ScanCursor at;
  while (!at.at_end()) {
    LAYER_CO_ASSIGN(const auto found,
                    co_await scan_page(client_, place.set, at, kSweepPage, BinSet{}));
    number += static_cast<std::uint64_t>(std::ranges::count_if(
        found, [&](const FoundRecord& one) { return one.key.starts_with(place.key_prefix); }));
  }
  co_return number;
}

async::Task<Result<void>> AerospikeStore::sweep(SetPlace place) {
  ScanCursor at;
  while (!at.at_end()) {
    LAYER_CO_ASSIGN(const auto found,
                    co_await scan_page(client_, place.set, at, kSweepPage, BinSet{}));
    std::vector<Digest> digests;
    for (const FoundRecord& one : found) {
      if (!place.shared() || one.key.starts_with(place.key_prefix)) {
        digests.push_back(one.digest);
      }
    }
    if (!digests.empty()) {
      LAYER_CO_TRY(co_await remove_digests(place.set, std::move(digests)));
    }
  }
  co_return Result<void>{};
}

async::Task<Result<void>> AerospikeStore::truncate(std::string set) {
  const Inflight counted(inflight_);
  LAYER_CO_TRY(check_set(set));
  LAYER_CO_ASSIGN(const auto place, co_await sets_.find(set));
  if (!place) {
    co_return Result<void>{};
  }
  if (!place->shared()) {
    co_await async::sleep_for(kTruncateStep);
    const std::string question =
        fmt::format("truncate:namespace={};set={}", cluster_.options().ns, place->set);
    LAYER_CO_ASSIGN(const auto said, co_await client_.ask_one(question));
    if (said.text != "ok" && said.text != "OK") {
      co_return fail(ErrorCode::kUnavailable,
                     fmt::format("the Aerospike server did not truncate the set '{}': {}",
                                 place->set, said.text));
    }
  }
  // Nodes whose clocks differ keep what they think came later.
  co_return co_await sweep(*place);
}

async::Task<Result<std::uint64_t>> AerospikeStore::losses(std::string set) {
  const Inflight counted(inflight_);
  LAYER_CO_TRY(check_set(set));
  const std::uint64_t generation = cluster_.generation();
  LAYER_CO_ASSIGN(const auto said, co_await client_.ask_all("namespace/" + cluster_.options().ns));
  std::map<std::string, std::uint64_t> by_node;
  for (const Client::Said& one : said) {
    const auto evicted = find_number(one.text, ';', "evicted_objects");
    const auto expired = find_number(one.text, ';', "expired_objects");
    if (!evicted || !expired) {
      co_return fail(ErrorCode::kIo, "an Aerospike node does not tell what it evicted");
    }
    by_node.emplace(one.node, *evicted + *expired);
  }
  co_return losses_.observe(by_node, generation);
}

}  // namespace layer::cache::aerospike
