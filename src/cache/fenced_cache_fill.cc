// Rows that were read from the store, put where they are still what the store has (rule H6).
#include <algorithm>
#include <utility>

#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"
#include "cache/fenced_cache.h"

namespace layer::cache {
namespace {

// Less than what a record without a row lives: a fill from before a write finds its record.
constexpr std::chrono::seconds kFillAgeMax{30};
static_assert(kFillAgeMax < kFenceTtl);
// Clocks of gateways differ by at most half of this.
constexpr std::int64_t kClockSlackMs = 2000;

}  // namespace

bool FencedCache::still_holds(const FillTicket& ticket, const NamespaceState& state,
                              std::uint64_t epoch) const {
  const RuleSet rules = core_.options.rules;
  const bool same_fill_epoch =
      ticket.fill_epoch == state.fence.fill_epoch && state.fence.open.empty();
  return ticket.may_fill && ticket.epoch == epoch &&
         (ticket.generation == state.fence.generation || !rules.has(Rule::kGeneration)) &&
         same_fill_epoch && core_.clock.steady() - ticket.taken < kFillAgeMax;
}

async::Task<std::size_t> FencedCache::fill(CachedNamespace ns, std::vector<Fill> fills) {
  const Membership::View view = core_.members.view();
  if (fills.empty() || !view.usable || core_.store.open()) {
    co_return 0;
  }
  const auto state = co_await core_.fences.read(ns);
  if (!state) {
    co_return 0;
  }
  const auto begun = std::chrono::steady_clock::now();
  const std::size_t given = fills.size();
  std::erase_if(fills, [&](const Fill& fill) {
    return !still_holds(fill.ticket, *state, view.epoch) || !row_key(ns.store, fill.id);
  });
  std::size_t kept = 0;
  for (std::size_t begin = 0; begin < fills.size(); begin += kBatchMax) {
    const auto from = fills.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to =
        fills.begin() + static_cast<std::ptrdiff_t>(std::min(fills.size(), begin + kBatchMax));
    kept += co_await fill_batch(ns, *state,
                                {std::make_move_iterator(from), std::make_move_iterator(to)});
  }
  layer::cache::count(core_.metrics, kCacheFills, {"documents", "ok"}, kept);
  layer::cache::count(core_.metrics, kCacheFills, {"documents", "rejected"}, given - kept);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  core_.metrics.sample(kCacheFillSeconds, {"documents", kept > 0 ? "ok" : "rejected"})
      .observe(took.count());
  co_return kept;
}

async::Task<std::size_t> FencedCache::fill_batch(const CachedNamespace& ns,
                                                 const NamespaceState& state,
                                                 std::vector<Fill> fills) {
  const std::string set = core_.documents(ns);
  const std::int64_t now = core_.clock.wall_ms();
  std::vector<RowRecord> rows;
  const bool look = std::ranges::any_of(fills, [](const Fill& f) { return f.ticket.any_row; });
  if (look) {
    std::vector<std::string> keys;
    for (const Fill& fill : fills) {
      keys.push_back(*row_key(ns.store, fill.id));
    }
    auto read = co_await core_.read_rows(set, std::move(keys), false);
    if (!read) {
      co_return 0;
    }
    rows = std::move(*read);
  }
  std::size_t kept = 0;
  std::vector<Put> puts;
  puts.reserve(fills.size());
  for (std::size_t i = 0; i < fills.size(); ++i) {
    Fill& fill = fills[i];
    const FillTicket& ticket = fill.ticket;
    Condition condition =
        ticket.version ? Condition::matches(*ticket.version) : Condition::absent();
    std::uint64_t seq = ticket.seq;
    const bool keeps = state.keeps(ticket.epoch);
    if (ticket.any_row) {
      const RowRecord& row = rows[i];
      const bool readable = row.version && !row.damaged;
      const bool unchanged_since =
          !row.version || (readable && !row.head.fenced(now) &&
                           row.head.changed_ms + kClockSlackMs < ticket.taken_ms);
      if (readable && row.servable(ticket.epoch, ticket.generation, now, false) &&
          (row.head.kept || !keeps || !unchanged_since)) {
        ++kept;  // it is there already
        continue;
      }
      if (!unchanged_since) {
        continue;
      }
      condition = unchanged(row);
      seq = row.head.seq;
    }
    if (!core_.options.rules.has(Rule::kFillVersion)) {
      condition = Condition::none();
    }
    RecordHead head{.epoch = ticket.epoch,
                    .generation = ticket.generation,
                    .seq = seq + 1,
                    .state = fill.row ? RowState::kPresent : RowState::kAbsent,
                    .attributes_complete = true,
                    .kept = keeps};
    head.expires_ms = core_.expiry(ns, head.state, now);
    // Over a record that a write left behind: who began to read before that write must find one.
    const bool hold = condition.kind == Condition::Kind::kVersion;
    puts.push_back(
        put_row(*row_key(ns.store, fill.id), head, std::move(fill.row), condition, now, hold));
  }
  if (puts.empty()) {
    co_return kept;
  }
  const auto outcomes = co_await core_.store.put(set, std::move(puts));
  if (outcomes) {
    kept += static_cast<std::size_t>(
        std::ranges::count(*outcomes, PutOutcome::Kind::kDone, &PutOutcome::kind));
  }
  co_return kept;
}

}  // namespace layer::cache
