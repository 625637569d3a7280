// The world of the history checker; its tests stand in history_test.cc.
#include <algorithm>
#include <utility>

#include "cache/cache_keys.h"
#include "cache/fence_records.h"
#include "cache/history_world.h"

namespace layer::cache::history {
namespace {

constexpr milliseconds kOperationMax{200};
constexpr std::int64_t kSkewMs = 400;

std::string row_text(const std::string& a, const std::string& b) {
  return "{\"a\":" + a + ",\"b\":" + b + "}";
}

// The row with another "a": what the store makes of a patch.
std::string patched(const std::string& row, const std::string& a) {
  return "{\"a\":" + a + row.substr(row.find(",\"b\""));
}

Bytes bytes(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

wire::Id id_of(int row) {
  return static_cast<std::uint64_t>(row);
}

}  // namespace

void VirtualTime::run() {
  while (true) {
    loop.restart();
    loop.poll();
    if (running_ == 0 || sleepers_.empty()) {
      return;
    }
    const Sleeper next = sleepers_.top();
    sleepers_.pop();
    clock.advance(milliseconds(std::max<std::int64_t>(0, next.at_ms - now_ms())));
    next.timer->cancel();
  }
}

std::uint64_t View::connection_generation() const {
  return world_.restarts;
}

template <class T>
async::Task<Result<T>> View::suffer(std::function<async::Task<Result<T>>(RecordStore&)> work) {
  Gateway& gateway = world_.gateways[static_cast<std::size_t>(gateway_)];
  const auto failed = fail(ErrorCode::kUnavailable, "weather");
  if (gateway.dead) {
    co_return failed;
  }
  const auto before = world_.some(world_.chance(50) ? 100 : 3);
  const auto after = world_.some(world_.chance(50) ? 90 : 3);
  const bool fails = world_.chance(world_.plan.weather.op_fails);
  const auto how = world_.random(3);
  co_await world_.time.sleep(before);
  const bool cut_off = world_.time.now_ms() < gateway.cut_off_until_ms;
  if (cut_off || (fails && how == 0)) {
    co_await world_.time.sleep(after);
    co_return failed;
  }
  if (fails && how == 1) {  // it happens when nobody waits for it any more
    auto& world = world_;
    world.time.spawn([](World& w, std::function<async::Task<Result<T>>(RecordStore&)> later,
                        milliseconds wait) -> async::Task<> {
      co_await w.time.sleep(wait);
      (void)co_await later(*w.records[w.serving]);
    }(world, std::move(work), kOperationMax - before));
    co_return failed;
  }
  auto result = co_await work(*world_.records[world_.serving]);
  const bool died = gateway.dead;
  const std::uint64_t connection = world_.restarts;
  co_await world_.time.sleep(after);
  if (fails || died || gateway.dead || connection != world_.restarts) {
    co_return failed;
  }
  co_return result;
}

async::Task<Result<std::vector<std::optional<Record>>>> View::get(std::string set,
                                                                  std::vector<std::string> keys,
                                                                  BinSet bins) {
  return suffer<std::vector<std::optional<Record>>>(
      [=](RecordStore& store) { return store.get(set, keys, bins); });
}

async::Task<Result<std::vector<PutOutcome>>> View::put(std::string set, std::vector<Put> puts) {
  return suffer<std::vector<PutOutcome>>([=](RecordStore& store) { return store.put(set, puts); });
}

async::Task<Result<void>> View::remove(std::string set, std::vector<std::string> keys) {
  return suffer<void>([=](RecordStore& store) { return store.remove(set, keys); });
}

async::Task<Result<ScanPage>> View::scan(std::string set, std::string cursor, std::size_t limit,
                                         BinSet bins) {
  return suffer<ScanPage>([=](RecordStore& store) { return store.scan(set, cursor, limit, bins); });
}

async::Task<Result<std::uint64_t>> View::count(std::string set) {
  return suffer<std::uint64_t>([=](RecordStore& store) { return store.count(set); });
}

async::Task<Result<void>> View::truncate(std::string set) {
  return suffer<void>([=](RecordStore& store) { return store.truncate(set); });
}

async::Task<Result<std::uint64_t>> View::losses(std::string set) {
  return suffer<std::uint64_t>([=](RecordStore& store) { return store.losses(set); });
}

World::World(Plan p) : plan(p), random_(p.seed) {
  for (int i = 0; i < 2; ++i) {
    records.push_back(std::make_unique<MemoryStore>(std::size_t{16} << 20, time.clock));
  }
  gateways.resize(static_cast<std::size_t>(plan.gateways));
  for (int i = 0; i < plan.gateways; ++i) {
    Gateway& gateway = gateways[static_cast<std::size_t>(i)];
    const auto skew = static_cast<std::int64_t>(random(2 * kSkewMs + 1)) - kSkewMs;
    gateway.clock = std::make_unique<SkewedClock>(time.clock, skew);
    gateway.view = std::make_unique<View>(*this, i);
    CacheOptions options{.gateway = "g" + std::to_string(i),
                         .gateway_number = static_cast<std::uint64_t>(i),
                         .limits = {.operation = milliseconds(0)},
                         .stray = plan.stray,
                         .sleep = [this](milliseconds t) { return time.sleep(t); },
                         .rules = plan.rules};
    gateway.cache = std::make_unique<FencedCache>(*gateway.view, *gateway.clock, metrics_, nullptr,
                                                  std::move(options));
  }
}

std::optional<std::string> World::run() {
  time.spawn(main());
  time.run();
  return wrong_;
}

async::Task<> World::main() {
  Put epoch{.key = std::string(kEpochKey)};  // the cache has served before
  epoch.bins[static_cast<std::size_t>(Bin::kHead)] = bytes(encode_epoch(1));
  (void)co_await records[serving]->put(std::string(kMembersSet), {std::move(epoch)});
  for (int i = 0; i < plan.gateways; ++i) {
    time.spawn(turns(i));
    for (int part = 0; part < 2; ++part) {
      working_ += 2;
      time.spawn(writer(i, plan.writes / 2 / plan.gateways));
      time.spawn(reader(i, plan.reads / 2 / plan.gateways));
    }
  }
  time.spawn(sky());
  while (working_ > 0) {
    co_await time.sleep(milliseconds(500));
  }
  over = true;
}

async::Task<> World::turns(int index) {
  Gateway& gateway = gateways[static_cast<std::size_t>(index)];
  co_await time.sleep(some(2000));
  while (!over && !gateway.dead) {
    co_await gateway.cache->tick();
    co_await time.sleep(milliseconds(1000) + some(50));
  }
}

async::Task<> World::writer(int index, int writes) {
  Gateway& gateway = gateways[static_cast<std::size_t>(index)];
  // A gateway that never reached the cache is unknown to the others: it serves nobody yet.
  while (!gateway.dead && gateway.cache->status().epoch == 0) {
    co_await time.sleep(milliseconds(100));
  }
  for (int i = 0; i < writes && !gateway.dead && !wrong_; ++i) {
    co_await time.sleep(some(1200));
    co_await write(gateway);
  }
  --working_;
}

async::Task<> World::reader(int index, int reads) {
  Gateway& gateway = gateways[static_cast<std::size_t>(index)];
  for (int i = 0; i < reads && !gateway.dead && !wrong_; ++i) {
    co_await time.sleep(some(500));
    co_await (chance(60) ? warm(gateway) : read(gateway));
  }
  --working_;
}

async::Task<> World::sky() {
  while (!over) {
    co_await time.sleep(some(4000));
    if (plan.weather.partitions && chance(400)) {
      Gateway& gateway = gateways[random(gateways.size())];
      gateway.cut_off_until_ms = time.now_ms() + some(9000).count();
    }
    if (plan.weather.kills && chance(60)) {
      const auto dead = std::ranges::count(gateways, true, &Gateway::dead);
      Gateway& gateway = gateways[random(gateways.size())];
      gateway.dead = gateway.dead || dead + 1 < static_cast<std::ptrdiff_t>(gateways.size());
    }
    const bool all_met = std::ranges::all_of(gateways, [](const Gateway& gateway) {
      return gateway.dead || gateway.cache->status().epoch != 0;
    });
    if (plan.weather.restarts && chance(100) && all_met) {
      serving = 1 - serving;
      ++restarts;
    }
  }
}

async::Task<> World::write(Gateway& gateway) {
  const auto kind = random(10);
  return kind < 7 ? write_rows(gateway) : write_filter(gateway);
}

std::map<int, std::size_t> World::apply(const std::vector<Change>& changes) {
  std::map<int, std::size_t> made;
  for (const Change& change : changes) {
    RowHistory& history = rows_[change.row];
    history.states.push_back(change.state);
    made[change.row] = history.states.size() - 1;
  }
  return made;
}

async::Task<> World::apply_later(std::vector<Change> changes, milliseconds after) {
  co_await time.sleep(after);
  apply(changes);
}

async::Task<World::Answer> World::call(std::vector<Change> changes,
                                       std::map<int, std::size_t>& made) {
  co_await time.sleep(some(chance(150) ? 2500 : 120));
  const auto luck = plan.weather.store_fails ? random(10) : 0;
  Answer answer = Answer::kOk;
  if (luck == 9) {
    answer = Answer::kRefused;
  } else if (luck == 8) {
    answer = Answer::kLost;
    const auto fate = random(3);
    if (fate == 0) {
      apply(changes);
    } else if (fate == 1) {
      time.spawn(apply_later(std::move(changes), some(20'000)));
    }
  } else {
    made = apply(changes);
  }
  co_await time.sleep(some(chance(150) ? 1500 : 40));
  co_return answer;
}

async::Task<> World::write_rows(Gateway& gateway) {
  FenceScope scope;
  // What the store will do is decided when it is called: a patch depends on the row as it is then.
  struct Intent {
    int row;
    RowChange change;
    std::string a, b;
    bool happens = true;
  };
  std::vector<Intent> intents;
  bool lists = false;
  for (int row = 0; row < kRows; ++row) {
    if (!chance(450)) {
      continue;
    }
    const auto kind = static_cast<RowChange>(random(4));
    Intent intent{.row = row,
                  .change = kind,
                  .a = fresh_value(),
                  .b = fresh_value(),
                  .happens = kind != RowChange::kUnknown || chance(500)};
    FencedRow fenced{.id = id_of(row), .change = kind};
    if (kind == RowChange::kReplace && chance(800)) {
      fenced.row = bytes(row_text(intent.a, intent.b));
    } else if (kind == RowChange::kMerge && chance(800)) {
      fenced.row = bytes("{\"a\":" + intent.a + "}");
    }
    lists = lists || (kind == RowChange::kUnknown && chance(500));
    intents.push_back(intent);
    scope.rows.push_back(std::move(fenced));
  }
  if (intents.empty()) {
    co_return;
  }
  auto fence = co_await gateway.cache->raise(ns_, std::move(scope),
                                             gateway.clock->steady() + milliseconds(6000));
  if (gateway.dead) {
    co_return;
  }
  std::map<int, std::size_t> made;
  std::vector<wire::Id> affected;
  co_await time.sleep(some(60));
  std::vector<Change> changes;
  for (const Intent& intent : intents) {
    const auto& now = rows_[intent.row].states.back();
    if (!intent.happens || (intent.change == RowChange::kMerge && !now)) {
      continue;
    }
    affected.push_back(id_of(intent.row));
    if (intent.change == RowChange::kDelete) {
      changes.push_back({.row = intent.row, .state = std::nullopt});
    } else if (intent.change == RowChange::kMerge) {
      changes.push_back({.row = intent.row, .state = patched(*now, intent.a)});
    } else {
      changes.push_back({.row = intent.row, .state = row_text(intent.a, intent.b)});
    }
  }
  const Answer answer = co_await call(std::move(changes), made);
  std::optional<std::vector<wire::Id>> listed;
  if (lists) {
    listed = std::move(affected);
  }
  co_await settle(gateway, std::move(fence), answer, std::move(listed), std::move(made));
}

async::Task<> World::write_filter(Gateway& gateway) {
  const bool opaque = chance(300);
  const FenceScope scope{.whole_namespace = !opaque, .opaque = opaque};
  auto fence =
      co_await gateway.cache->raise(ns_, scope, gateway.clock->steady() + milliseconds(6000));
  if (gateway.dead) {
    co_return;
  }
  std::vector<Change> changes;
  std::vector<wire::Id> affected;
  co_await time.sleep(some(60));
  for (int row = 0; row < kRows; ++row) {
    const auto& now = rows_[row].states.back();
    if (now && chance(500)) {
      changes.push_back(
          {.row = row,
           .state = chance(300) ? std::nullopt : std::optional(patched(*now, fresh_value()))});
      affected.push_back(id_of(row));
    }
  }
  std::map<int, std::size_t> made;
  const Answer answer = co_await call(std::move(changes), made);
  std::optional<std::vector<wire::Id>> listed;
  if (!opaque && chance(600)) {
    listed = std::move(affected);
  }
  co_await settle(gateway, std::move(fence), answer, std::move(listed), std::move(made));
}

async::Task<> World::settle(Gateway& gateway, std::unique_ptr<WriteFence> fence, Answer answer,
                            std::optional<std::vector<wire::Id>> affected,
                            std::map<int, std::size_t> made) {
  if (gateway.dead) {
    co_return;
  }
  if (fence) {
    switch (answer) {
      case Answer::kOk:
        co_await fence->applied({.ms = time.now_ms()}, std::move(affected));
        break;
      case Answer::kRefused:
        co_await fence->refused();
        break;
      case Answer::kLost:
        co_await fence->outcome_unknown();
        break;
    }
  }
  if (gateway.dead || answer != Answer::kOk) {
    co_return;
  }
  for (const auto& [row, index] : made) {  // the caller is answered
    RowHistory& history = rows_[row];
    history.acknowledged = std::max(history.acknowledged, index);
  }
}

async::Task<> World::read(Gateway& gateway) {
  std::vector<wire::Id> ids;
  std::vector<std::size_t> oldest;
  for (int row = 0; row < kRows; ++row) {
    ids.push_back(id_of(row));
    oldest.push_back(rows_[row].acknowledged);
  }
  auto found = co_await gateway.cache->find(ns_, ids);
  std::vector<Fill> missing;
  for (int row = 0; row < kRows; ++row) {
    const Found& one = found[static_cast<std::size_t>(row)];
    check(row, one, oldest[static_cast<std::size_t>(row)]);
    if (one.lookup == Lookup::kMiss) {
      missing.push_back({.id = id_of(row), .ticket = one.ticket});
    }
  }
  if (missing.empty()) {
    co_return;
  }
  co_await time.sleep(some(chance(100) ? 4000 : 100));
  for (Fill& fill : missing) {
    const auto& now = rows_[static_cast<int>(std::get<std::uint64_t>(fill.id))].states.back();
    fill.row = now ? bytes(*now) : nullptr;
  }
  co_await time.sleep(some(chance(100) ? 9000 : 100));
  fills += co_await gateway.cache->fill(ns_, std::move(missing));
}

async::Task<> World::warm(Gateway& gateway) {
  const FillTicket ticket = co_await gateway.cache->open_ticket(ns_);
  co_await time.sleep(some(300));
  std::vector<Fill> rows;
  for (int row = 0; row < kRows; ++row) {
    if (const auto& now = rows_[row].states.back()) {
      rows.push_back({.id = id_of(row), .ticket = ticket, .row = bytes(*now)});
    }
  }
  co_await time.sleep(some(chance(200) ? 5000 : 300));
  fills += co_await gateway.cache->fill(ns_, std::move(rows));
}

void World::check(int row, const Found& found, std::size_t oldest) {
  if (found.lookup != Lookup::kHit && found.lookup != Lookup::kAbsent) {
    return;
  }
  ++hits;
  ++checked;
  const auto value = found.row ? std::optional(*found.row) : std::nullopt;
  const auto& states = rows_[row].states;
  const auto from = states.begin() + static_cast<std::ptrdiff_t>(oldest);
  if (std::find(from, states.end(), value) == states.end() && !wrong_) {
    wrong_ = "row " + std::to_string(row) + " was read as " + value.value_or("absent") +
             " although state " + std::to_string(oldest) + " (" +
             states[oldest].value_or("absent") + ") was acknowledged before";
  }
}

}  // namespace layer::cache::history
