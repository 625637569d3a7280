#include "features/watcher/watch_table.h"

#include <algorithm>
#include <utility>

#include "core/random.h"

namespace layer::features::watcher {

WatchTable::WatchTable(WatchOptions options, const core::Clock& clock, freshness::HybridClock& hlc)
    : options_(options),
      clock_(clock),
      hlc_(hlc),
      random_(static_cast<std::minstd_rand::result_type>(core::random_u64())) {}

WatchTable::Entry& WatchTable::entry(std::string_view ns) {
  const TimePoint now = clock_.steady();
  auto found = entries_.find(ns);
  if (found == entries_.end()) {
    if (entries_.size() >= options_.namespaces_max) {
      evict();
    }
    found = entries_.emplace(std::string(ns), Entry{.used = now, .due = now}).first;
    found->second.interval = options_.poll_interval;
  }
  Entry& entry = found->second;
  entry.used = now;
  if (!std::exchange(entry.active, true)) {
    entry.due = now;
  }
  return entry;
}

// One with a write under way stays: without it the watermark could pass that write.
void WatchTable::evict() {
  auto oldest = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    const bool may_go = !at->second.polling && !at->second.watch.writing();
    if (may_go && (oldest == entries_.end() || at->second.used < oldest->second.used)) {
      oldest = at;
    }
  }
  if (oldest != entries_.end()) {
    entries_.erase(oldest);
  }
}

// As soon as the pace allows.
void WatchTable::make_due(Entry& entry) {
  const TimePoint soon = std::max(clock_.steady(), entry.polled + options_.poll_interval);
  entry.due = std::min(entry.due, soon);
}

bool WatchTable::is_early(const Entry& entry) const {
  return !entry.polling && entry.due < next_look_;
}

bool WatchTable::use(std::string_view ns) {
  const std::lock_guard lock(mutex_);
  return is_early(entry(ns));
}

bool WatchTable::await_stamp(std::string_view ns, std::int64_t stamp_ms) {
  const std::lock_guard lock(mutex_);
  Entry& waited = entry(ns);
  if (const auto mark = waited.watch.stability().stable_as_of_ms; mark && *mark >= stamp_ms) {
    return false;
  }
  waited.watch.await_stamp(stamp_ms);
  make_due(waited);
  return is_early(waited);
}

freshness::Stability WatchTable::stability(std::string_view ns) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ns);
  return found == entries_.end() ? freshness::Stability{} : found->second.watch.stability();
}

std::uint64_t WatchTable::begin_write(std::string_view ns) {
  const std::lock_guard lock(mutex_);
  // Read under the lock: a poll that begins later knows of the write.
  return entry(ns).watch.begin_write(hlc_.now_ms());
}

bool WatchTable::end_write(std::string_view ns, std::uint64_t ticket, bool applied) {
  const std::lock_guard lock(mutex_);
  Entry& written = entry(ns);
  written.watch.end_write(ticket, applied, hlc_.now_ms());
  if (applied) {
    make_due(written);
  }
  return is_early(written);
}

void WatchTable::forget(std::string_view ns) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(ns); found != entries_.end()) {
    found->second.watch.forget();
  }
}

void WatchTable::keep(std::vector<std::string> names) {
  const std::lock_guard lock(mutex_);
  kept_ = {std::make_move_iterator(names.begin()), std::make_move_iterator(names.end())};
  for (const std::string& name : kept_) {
    entry(name);
  }
}

std::vector<WatchTable::Due> WatchTable::take_due(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.steady();
  std::vector<Due> due;
  for (auto& [ns, entry] : entries_) {
    if (!entry.active || entry.polling) {
      continue;
    }
    if (now - entry.used > kUsedFor && !kept_.contains(ns)) {
      entry.active = false;
      entry.watch.doubt();
    } else if (entry.due <= now && due.size() < limit) {
      entry.polling = true;
      entry.polled = now;
      due.push_back({.ns = ns, .poll = entry.watch.begin_poll(clock_.wall_ms(), hlc_.now_ms())});
    }
  }
  return due;
}

std::optional<WatchTable::TimePoint> WatchTable::next_due() {
  const std::lock_guard lock(mutex_);
  std::optional<TimePoint> next;
  for (const auto& [ns, entry] : entries_) {
    if (entry.active && !entry.polling && (!next || entry.due < *next)) {
      next = entry.due;
    }
  }
  next_look_ = next.value_or(TimePoint::max());
  return next;
}

void WatchTable::end_poll(const Due& due, std::optional<IndexState> evidence) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(due.ns);
  if (found == entries_.end()) {
    return;
  }
  Entry& entry = found->second;
  entry.polling = false;
  if (evidence) {
    entry.watch.end_poll(due.poll, *evidence, options_.safety_margin_ms);
    entry.interval = entry.watch.settled() ? options_.stable_poll_interval : options_.poll_interval;
  } else {
    entry.interval = std::min(entry.interval * 2, kFailingIntervalMax);
  }
  entry.due = entry.polled + jittered(entry.interval);
}

bool WatchTable::saw_foreign_write(const Due& due, std::int64_t store_written_ms) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(due.ns);
  return found != entries_.end() &&
         found->second.watch.saw_foreign_write(due.poll, store_written_ms);
}

bool WatchTable::skip_poll(const Due& due) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(due.ns);
  if (found == entries_.end()) {
    return false;
  }
  Entry& entry = found->second;
  entry.polling = false;
  entry.due = entry.polled + jittered(options_.poll_interval);
  return entry.watch.lags();
}

WatchTable::Marks WatchTable::marks() const {
  // A write that begins after this has a stamp that is not below it, and whether one is under way
  // is looked at later.
  Marks marks{.others_ms = hlc_.now_ms() - 1, .writing = {}};
  const std::lock_guard lock(mutex_);
  for (const auto& [ns, entry] : entries_) {
    if (entry.watch.writing()) {
      marks.writing.emplace_back(ns, entry.watch.writing_mark());
    }
  }
  return marks;
}

bool WatchTable::adopt(std::string_view ns, const Found& found) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(ns);
  if (at == entries_.end()) {
    return false;
  }
  Entry& entry = at->second;
  const bool was_settled = entry.watch.settled();
  entry.watch.adopt(found.state, found.watermark_ms);
  if (entry.polling) {
    return false;
  }
  if (found.state == IndexState::kUpdating && was_settled) {
    entry.interval = options_.poll_interval;
    make_due(entry);
  } else if (found.state == IndexState::kStable && entry.watch.settled()) {
    entry.interval = options_.stable_poll_interval;
    const auto left = entry.interval - std::min(found.age, entry.interval);
    entry.due = std::max(entry.due, clock_.steady() + jittered(left));
  }
  return is_early(entry);
}

std::pair<IndexState, std::optional<std::int64_t>> WatchTable::found(std::string_view ns) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(ns);
  if (at == entries_.end()) {
    return {IndexState::kUnknown, std::nullopt};
  }
  const NamespaceWatch& watch = at->second.watch;
  return {watch.state(), watch.stability().stable_as_of_ms};
}

std::vector<std::string> WatchTable::watched() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [ns, entry] : entries_) {
    if (entry.active) {
      names.push_back(ns);
    }
  }
  return names;
}

std::optional<double> WatchTable::lag_seconds(std::string_view ns) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ns);
  if (found == entries_.end() || !found->second.active) {
    return std::nullopt;
  }
  const auto mark = found->second.watch.stability().stable_as_of_ms;
  return mark ? std::optional(static_cast<double>(clock_.wall_ms() - *mark) / 1000) : std::nullopt;
}

std::size_t WatchTable::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const auto& e) { return e.second.active; }));
}

// Ten per cent to either side, so that namespaces do not march in step.
std::chrono::milliseconds WatchTable::jittered(std::chrono::milliseconds interval) {
  std::uniform_real_distribution<double> share(0.9, 1.1);
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(interval.count()) * share(random_)));
}

}  // namespace layer::features::watcher
