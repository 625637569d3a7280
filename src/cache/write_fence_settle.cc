// The end of a write: what its rows are now, as far as that is certain.
#include <algorithm>
#include <utility>

#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"
#include "cache/merge_row.h"
#include "cache/write_fence.h"

namespace layer::cache {
namespace {

using std::chrono::milliseconds;

// A write that nobody knows the outcome of may still be applied for this long.
constexpr milliseconds kUnknownFor{60'000};
constexpr int kRounds = 16;

}  // namespace

async::Task<bool> FenceOfWrite::applied(core::Stamp stamp,
                                        std::optional<std::vector<wire::Id>> affected) {
  if (unfenced_ || opaque_) {
    co_return co_await raise_generation(unfenced_ ? "unfenced" : "opaque");
  }
  bool done = true;
  if (affected) {
    std::ranges::sort(*affected);
  }
  if (!rows_.empty()) {
    if (fill_allowed_) {
      const auto state = co_await core_.fences.read(ns_);
      fill_allowed_ =
          state && state->fence.open.empty() && state->fence.fill_epoch == state_.fence.fill_epoch;
    }
    const auto put = [&](const Row& row) {
      return settled_put(row, outcome(row, stamp, affected));
    };
    const Settling settled = co_await settle_rows(put, 0, true);
    done = settled == Settling::kDone;
    if (settled == Settling::kStuck) {
      done = co_await raise_generation("contended");
    }
  }
  if (opened_) {
    done = co_await close_namespace(std::move(affected)) && done;
  }
  count(core_.metrics, kCacheFences, {"settle", done ? "ok" : "error"});
  co_return done;
}

async::Task<bool> FenceOfWrite::refused() {
  if (unfenced_) {
    co_return true;  // nothing was changed
  }
  bool done = true;
  if (!rows_.empty()) {
    const auto put = [&](const Row& row) { return settled_put(row, std::nullopt); };
    done = co_await settle_rows(put, 0, false) == Settling::kDone;
  }
  if (opened_) {
    // Left behind it would raise the generation when it expires: slower, not wrong.
    done = (co_await core_.fences.change(
                ns_, [&](NamespaceFence& fence) { fence.drop_open(lease_.id); }))
               .has_value() &&
           done;
  }
  count(core_.metrics, kCacheFences, {"refuse", done ? "ok" : "error"});
  co_return done;
}

async::Task<bool> FenceOfWrite::outcome_unknown() {
  const std::int64_t until = later_ms(kUnknownFor);
  if (unfenced_ || opaque_) {
    co_return co_await raise_generation("outcome_unknown", until);
  }
  bool done = true;
  if (!rows_.empty()) {
    const auto put = [&](const Row& row) {
      RecordHead head = row.head;
      ++head.seq;
      if (Lease* own = head.find_lease(lease_.id); own != nullptr) {
        own->until_ms = std::max(own->until_ms, until);
      } else {
        head.contended_ms = std::max(head.contended_ms, until);
      }
      return put_row(row.key, std::move(head), nullptr, Condition::matches(*row.version),
                     core_.clock.wall_ms(), true);
    };
    done = co_await settle_rows(put, until, false) == Settling::kDone;
  }
  if (opened_) {
    done = (co_await core_.fences.change(ns_,
                                         [&](NamespaceFence& fence) {
                                           if (Lease* own = fence.find_open(lease_.id);
                                               own != nullptr) {
                                             own->until_ms = std::max(own->until_ms, until);
                                           } else {
                                             ++fence.generation;
                                           }
                                         }))
               .has_value() &&
           done;
  }
  count(core_.metrics, kCacheFences, {"unknown", done ? "ok" : "error"});
  co_return done;
}

std::optional<FenceOfWrite::Outcome> FenceOfWrite::outcome(
    const Row& row, core::Stamp stamp, const std::optional<std::vector<wire::Id>>& affected) const {
  if (!row.alone || !fill_allowed_) {
    return std::nullopt;
  }
  RecordHead head = row.head;
  head.attributes_complete = true;
  head.stamp = stamp;
  const auto present = [&](Bytes body) {
    head.state = RowState::kPresent;
    head.expires_ms = core_.expiry(ns_, head.state, core_.clock.wall_ms());
    return Outcome{.head = head, .body = std::move(body)};
  };
  switch (row.row.change) {
    case RowChange::kReplace:
      if (row.row.row) {
        return present(row.row.row);
      }
      return std::nullopt;
    case RowChange::kMerge:
      if (row.row.row && row.base) {
        if (auto merged = merge_row(*row.base, *row.row.row)) {
          return present(std::make_shared<const std::string>(std::move(*merged)));
        }
      }
      return std::nullopt;
    case RowChange::kDelete:
      head.state = RowState::kAbsent;
      head.expires_ms = core_.expiry(ns_, head.state, core_.clock.wall_ms());
      return Outcome{.head = head, .body = nullptr};
    case RowChange::kUnknown:
      if (affected && row.before && !std::ranges::binary_search(*affected, row.row.id)) {
        head = *row.before;  // untouched
        head.seq = row.head.seq;
        return Outcome{.head = head, .body = row.base};
      }
      return std::nullopt;
  }
  return std::nullopt;
}

// Of a row that nobody touched since it was fenced.
Put FenceOfWrite::settled_put(const Row& row, std::optional<Outcome> outcome) const {
  RecordHead head = outcome ? std::move(outcome->head) : row.head;
  Bytes body = outcome ? std::move(outcome->body) : nullptr;
  ++head.seq;
  head.leases = row.head.leases;
  head.drop_lease(lease_.id);
  const Condition untouched = core_.options.rules.has(Rule::kSettleVersion)
                                  ? Condition::matches(*row.version)
                                  : Condition::none();
  return put_row(row.key, std::move(head), std::move(body), untouched, core_.clock.wall_ms(), true);
}

// Of a row that others touched, or that is gone: its state is not known any more.
Put FenceOfWrite::released_put(const Row& row, const RowRecord& found,
                               std::int64_t extend_to) const {
  const std::int64_t now = core_.clock.wall_ms();
  RecordHead head = found.version && !found.damaged ? found.head : row.head;
  head.seq = std::max(head.seq, row.head.seq) + 1;
  head.state = RowState::kUnknown;
  head.attributes_complete = head.vectors_complete = false;
  head.expires_ms = 0;
  head.kept = head.kept || row.head.kept;
  if (!found.version || found.damaged) {
    head.leases.clear();
  }
  head.drop_lease(lease_.id);
  if (extend_to != 0) {
    Lease own = lease_;
    own.until_ms = std::max(own.until_ms, extend_to);
    head.add_lease(own, now);
  }
  return put_row(row.key, std::move(head), nullptr, unchanged(found), now, true);
}

async::Task<FenceOfWrite::Settling> FenceOfWrite::settle_rows(std::function<Put(const Row&)> first,
                                                              std::int64_t extend_to, bool must) {
  Rows rows(rows_.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = i;
  }
  int losses = 0;
  for (int round = 0; round < kRounds && !rows.empty(); ++round) {
    if (must && !core_.members.fencing() && !co_await core_.members.await_chance()) {
      co_return Settling::kAway;
    }
    // Records of a cache that was restarted are others, whatever their versions say.
    const bool touched = round > 0 || core_.store.connection_generation() != connection_;
    Rows again;
    bool away = false;
    for (std::size_t begin = 0; begin < rows.size(); begin += kBatchMax) {
      const auto from = rows.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto to =
          rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), begin + kBatchMax));
      const Rows batch(from, to);
      const auto left = co_await settle_batch(first, batch, touched, extend_to);
      away = away || !left;
      const Rows& open = left ? *left : batch;
      again.insert(again.end(), open.begin(), open.end());
    }
    rows = std::move(again);
    if (!away) {
      continue;
    }
    if (!must) {
      co_return Settling::kAway;
    }
    if (++losses > 1 || !core_.store.shared()) {
      core_.members.lose();
    }
    if (!co_await core_.members.await_chance()) {
      co_return Settling::kAway;
    }
  }
  co_return rows.empty() ? Settling::kDone : Settling::kStuck;
}

async::Task<Result<FenceOfWrite::Rows>> FenceOfWrite::settle_batch(
    const std::function<Put(const Row&)>& first, Rows batch, bool touched, std::int64_t extend_to) {
  std::vector<Put> puts;
  puts.reserve(batch.size());
  if (!touched) {
    for (const std::size_t i : batch) {
      puts.push_back(first(rows_[i]));
    }
  } else {
    std::vector<std::string> keys;
    for (const std::size_t i : batch) {
      keys.push_back(rows_[i].key);
    }
    LAYER_CO_ASSIGN(const auto found, co_await core_.read_rows(set_, std::move(keys), false));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      puts.push_back(released_put(rows_[batch[i]], found[i], extend_to));
    }
  }
  LAYER_CO_ASSIGN(const auto outcomes, co_await core_.store.put(set_, std::move(puts)));
  Rows left;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (outcomes[i].kind != PutOutcome::Kind::kDone) {
      left.push_back(batch[i]);
    }
  }
  co_return left;
}

// Rows that a filter touched: whatever is known of them is not any more.
async::Task<Result<void>> FenceOfWrite::invalidate(std::vector<wire::Id> ids) {
  std::vector<std::string> keys;
  for (const wire::Id& id : ids) {
    if (auto key = row_key(ns_.store, id)) {
      keys.push_back(std::move(*key));
    }
  }
  for (int round = 0; !keys.empty(); ++round) {
    if (round == kRounds) {
      co_return fail(ErrorCode::kUnavailable, "too many writers of the same rows");
    }
    std::vector<std::string> again;
    for (std::size_t begin = 0; begin < keys.size(); begin += kBatchMax) {
      const auto from = keys.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto to =
          keys.begin() + static_cast<std::ptrdiff_t>(std::min(keys.size(), begin + kBatchMax));
      std::vector<std::string> batch(from, to);
      LAYER_CO_ASSIGN(const auto found, co_await core_.read_rows(set_, batch, false));
      std::vector<Put> puts;
      for (std::size_t i = 0; i < batch.size(); ++i) {
        RecordHead head = found[i].damaged ? RecordHead{} : found[i].head;
        ++head.seq;
        head.state = RowState::kUnknown;
        head.attributes_complete = head.vectors_complete = false;
        head.expires_ms = 0;
        puts.push_back(put_row(batch[i], std::move(head), nullptr, unchanged(found[i]),
                               core_.clock.wall_ms(), true));
      }
      LAYER_CO_ASSIGN(const auto outcomes, co_await core_.store.put(set_, std::move(puts)));
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (outcomes[i].kind != PutOutcome::Kind::kDone) {
          again.push_back(std::move(batch[i]));
        }
      }
    }
    keys = std::move(again);
  }
  co_return Result<void>{};
}

async::Task<bool> FenceOfWrite::close_namespace(std::optional<std::vector<wire::Id>> affected) {
  bool known = affected && affected->size() <= kAffectedIdsMax;
  if (known && core_.options.rules.has(Rule::kInvalidate)) {
    known = (co_await invalidate(std::move(*affected))).has_value();
  }
  const auto closed = co_await core_.fences.change(ns_, [&](NamespaceFence& fence) {
    if (!known || fence.find_open(lease_.id) == nullptr) {
      ++fence.generation;
    }
    ++fence.fill_epoch;
    fence.drop_open(lease_.id);
  });
  if (!closed) {
    co_return co_await raise_generation("unsettled");
  }
  if (!known) {
    count(core_.metrics, kCacheGenerationBumps, {"filter"});
  }
  co_return true;
}

// Until it is done, or nobody trusts this cache before its epoch has risen (rule H8).
async::Task<bool> FenceOfWrite::raise_generation(std::string_view reason,
                                                 std::int64_t open_until_ms) {
  for (int tries = 0;; ++tries) {
    if (core_.members.fencing()) {
      const auto raised = co_await core_.fences.change(ns_, [&](NamespaceFence& fence) {
        ++fence.generation;
        ++fence.fill_epoch;
        fence.drop_open(lease_.id);
        if (open_until_ms != 0 && fence.open.size() < kOpenFencesMax) {
          fence.open.push_back(
              {.id = lease_.id, .gateway = lease_.gateway, .until_ms = open_until_ms});
        }
      });
      if (raised) {
        count(core_.metrics, kCacheGenerationBumps, {reason});
        co_return true;
      }
      if (tries > 0 || !core_.store.shared()) {
        core_.members.lose();
      }
    }
    if (!co_await core_.members.await_chance()) {
      co_return false;
    }
  }
}

}  // namespace layer::cache
