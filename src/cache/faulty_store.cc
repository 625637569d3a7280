#include "cache/faulty_store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <mutex>
#include <random>
#include <utility>

#include "async/deadline.h"

namespace layer::cache {
namespace {

using Kind = Fault::Kind;

// Other bytes of the same length; an empty bin gets one byte.
void corrupt(Record& record) {
  for (Bytes& bin : record.bins) {
    if (bin) {
      std::string bytes = bin->empty() ? std::string(1, '\0') : *bin;
      bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
      bin = std::make_shared<const std::string>(std::move(bytes));
    }
  }
}

std::string first_key(const std::vector<std::string>& keys) {
  return keys.empty() ? std::string() : keys.front();
}

}  // namespace

FaultyStore::Plan FaultyStore::random_plan(std::uint64_t seed, RandomFaults chances) {
  struct State {
    std::mutex mutex;
    std::mt19937_64 random;
  };
  auto state = std::make_shared<State>();
  state->random.seed(seed);
  return [state, chances](Operation, std::string_view, std::string_view) {
    const std::lock_guard lock(state->mutex);
    const auto thousandth = [&] { return static_cast<unsigned>(state->random() % 1000); };
    const auto some_time = [&] {
      const auto most = std::max<std::int64_t>(1, chances.delay_max.count());
      return async::Duration(static_cast<std::int64_t>(state->random() >> 1) % most);
    };
    Fault fault;
    unsigned at = thousandth();
    for (const auto& [chance, kind] : {std::pair{chances.before, Kind::kBefore},
                                       {chances.after, Kind::kAfter},
                                       {chances.late, Kind::kLate},
                                       {chances.drop, Kind::kDrop},
                                       {chances.corrupt, Kind::kCorrupt}}) {
      if (at < chance) {
        fault.kind = kind;
        break;
      }
      at -= chance;
    }
    if (thousandth() < chances.delayed) {
      fault.delay = some_time();
    }
    fault.late = some_time();
    return fault;
  };
}

FaultyStore::FaultyStore(RecordStore& inner, Plan plan) : inner_(&inner), plan_(std::move(plan)) {}

FaultyStore::~FaultyStore() {
  if (late_->load() != 0) {
    std::terminate();  // work is left that uses the inner store
  }
}

void FaultyStore::restart_with(RecordStore& other) {
  inner_.store(&other, std::memory_order_release);
  ++restarts_;
}

async::Task<> FaultyStore::settle() {
  while (late_->load() != 0 && co_await async::sleep_for(std::chrono::milliseconds(1))) {
  }
}

template <class T>
async::Task<Result<T>> FaultyStore::suffer(Fault fault,
                                           std::function<async::Task<Result<T>>()> make,
                                           Work again) {
  if (fault.delay > async::Duration::zero() && !co_await async::sleep_for(fault.delay)) {
    co_return fail(ErrorCode::kCancelled, "cancelled while the cache was late");
  }
  if (fault.kind == Kind::kLate && again) {
    ++*late_;
    async::asio::co_spawn(
        co_await async::asio::this_coro::executor,
        [count = late_, wait = fault.late, work = std::move(again)]() -> async::Task<> {
          co_await async::sleep_for(wait);
          static_cast<void>(co_await work());
          --*count;
        },
        async::asio::detached);
    co_return fail(fault.code, "a planned fault, the operation comes late");
  }
  if (fault.kind == Kind::kBefore || fault.kind == Kind::kLate) {
    co_return fail(fault.code, "a planned fault, before the operation");
  }
  auto result = co_await make();
  if (fault.kind == Kind::kAfter) {
    co_return fail(fault.code, "a planned fault, after the operation");
  }
  co_return result;
}

async::Task<> FaultyStore::lose(std::string set, std::vector<std::string> keys) {
  static_cast<void>(co_await inner().remove(std::move(set), std::move(keys)));
  ++dropped_;
}

async::Task<Result<std::vector<std::optional<Record>>>> FaultyStore::get(
    std::string set, std::vector<std::string> keys, BinSet bins) {
  const Fault fault = plan_(Operation::kGet, set, first_key(keys));
  if (fault.kind == Kind::kDrop) {
    co_await lose(set, keys);
  }
  auto records = co_await suffer<std::vector<std::optional<Record>>>(
      fault, [&] { return inner().get(std::move(set), std::move(keys), bins); }, nullptr);
  if (fault.kind == Kind::kCorrupt && records) {
    for (auto& record : *records) {
      if (record) {
        corrupt(*record);
      }
    }
  }
  co_return records;
}

async::Task<Result<std::vector<PutOutcome>>> FaultyStore::put(std::string set,
                                                              std::vector<Put> puts) {
  const Fault fault = plan_(Operation::kPut, set, puts.empty() ? "" : puts.front().key);
  std::vector<std::string> keys;
  if (fault.kind == Kind::kDrop) {
    for (const Put& put : puts) {
      keys.push_back(put.key);
    }
  }
  RecordStore& store = inner();
  auto outcomes = co_await suffer<std::vector<PutOutcome>>(
      fault, [&] { return store.put(set, puts); },
      [&store, set, puts]() -> async::Task<Result<void>> {
        LAYER_CO_TRY(co_await store.put(set, puts));
        co_return Result<void>{};
      });
  if (fault.kind == Kind::kDrop) {
    co_await lose(std::move(set), std::move(keys));
  }
  co_return outcomes;
}

async::Task<Result<void>> FaultyStore::remove(std::string set, std::vector<std::string> keys) {
  const Fault fault = plan_(Operation::kRemove, set, first_key(keys));
  RecordStore& store = inner();
  const Work work = [&store, set = std::move(set), keys = std::move(keys)] {
    return store.remove(set, keys);
  };
  co_return co_await suffer<void>(fault, work, work);
}

async::Task<Result<ScanPage>> FaultyStore::scan(std::string set, std::string cursor,
                                                std::size_t limit, BinSet bins) {
  const Fault fault = plan_(Operation::kScan, set, "");
  auto page = co_await suffer<ScanPage>(
      fault, [&] { return inner().scan(std::move(set), std::move(cursor), limit, bins); }, nullptr);
  if (fault.kind == Kind::kCorrupt && page) {
    for (ScannedRecord& scanned : page->records) {
      corrupt(scanned.record);
    }
  }
  co_return page;
}

async::Task<Result<std::uint64_t>> FaultyStore::count(std::string set) {
  const Fault fault = plan_(Operation::kCount, set, "");
  co_return co_await suffer<std::uint64_t>(
      fault, [&] { return inner().count(std::move(set)); }, nullptr);
}

async::Task<Result<void>> FaultyStore::truncate(std::string set) {
  const Fault fault = plan_(Operation::kTruncate, set, "");
  RecordStore& store = inner();
  const Work work = [&store, set = std::move(set)] { return store.truncate(set); };
  co_return co_await suffer<void>(fault, work, work);
}

async::Task<Result<std::uint64_t>> FaultyStore::losses(std::string set) {
  const Fault fault = plan_(Operation::kLosses, set, "");
  auto losses = co_await suffer<std::uint64_t>(
      fault, [&] { return inner().losses(std::move(set)); }, nullptr);
  if (losses) {
    *losses += dropped_.load();
  }
  co_return losses;
}

}  // namespace layer::cache
