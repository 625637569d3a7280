#include "features/history/compaction.h"

#include <algorithm>

#include "core/random.h"
#include "features/history/purge_segments.h"
#include "features/history/record.h"
#include "features/history/segment_text.h"
#include "features/history/utc.h"

namespace layer::features::history {
namespace {

std::int64_t ms(std::chrono::milliseconds duration) {
  return duration.count();
}

}  // namespace

struct Compaction::Merge {
  std::string ns{};
  std::int64_t day = 0;
  std::string prefix{};
  std::string purge_mark{};             // as it was before the first segment was read
  std::vector<Segment> sources{};       // oldest first
  std::vector<std::string> made{};      // keys
  std::vector<std::string> replaced{};  // short names
  std::uint64_t counter = 0;
  std::string lines{};
  std::int64_t oldest_ns = 0;
  std::int64_t newest_ns = 0;

  void add(std::string_view text) {
    const auto line = read_line(text, Ask::order);
    if (!line) {
      return;
    }
    const bool first = lines.empty();
    oldest_ns = first ? line->timestamp_ns : std::min(oldest_ns, line->timestamp_ns);
    newest_ns = first ? line->timestamp_ns : std::max(newest_ns, line->timestamp_ns);
    lines += text;
    lines += '\n';
  }
};

async::Task<Result<void>> Compaction::put_segment(Merge& merge) {
  if (merge.lines.empty()) {
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(std::string packed, co_await pool_.run([&] { return pack(merge.lines); }));
  std::string key = segment_key({.prefix = compacted_prefix(merge.ns, merge.day),
                                 .gateway = gateway_ + core::hex(core::random_u64()),
                                 .counter = merge.counter++,
                                 .oldest_ns = merge.oldest_ns,
                                 .newest_ns = merge.newest_ns});
  LAYER_CO_TRY(co_await objects_.put(key, std::move(packed), objects::Condition::absent()));
  merge.made.push_back(std::move(key));
  merge.lines.clear();
  co_return Result<void>{};
}

async::Task<Result<void>> Compaction::merge(Merge& merge) {
  for (const Segment& source : merge.sources) {
    LAYER_CO_ASSIGN(const auto object, co_await fetch(objects_, source.key));
    if (!object) {
      continue;  // expired meanwhile
    }
    LAYER_CO_ASSIGN(const Result<std::string> text,
                    co_await pool_.run([&] { return unpack(object->bytes); }));
    if (!text) {
      // It stays as it is: somebody may still repair it.
      log_.error("a segment of the search history cannot be compacted",
                 {{"object", source.key}, {"error", text.error().message}});
      continue;
    }
    if (!merge.lines.empty() && merge.lines.size() + text->size() > kCompactedBytesMax) {
      LAYER_CO_TRY(co_await put_segment(merge));
    }
    LAYER_CO_TRY(co_await pool_.run([&] {
      for_each_line(*text, [&](std::string_view line) {
        merge.add(line);
        return true;
      });
    }));
    merge.replaced.emplace_back(short_name(source.key, merge.prefix));
  }
  co_return co_await put_segment(merge);
}

async::Task<Result<void>> Compaction::commit(Merge& merge, DayIndex index) {
  LAYER_CO_ASSIGN(const std::string mark, co_await read_purge_mark(objects_, merge.ns));
  if (mark != merge.purge_mark) {
    co_return fail(ErrorCode::kConflict, "records were purged meanwhile");
  }
  index.committed_ms = clock_.wall_ms();
  for (const std::string& key : merge.made) {
    index.segments.emplace(short_name(key, merge.prefix));
  }
  index.replaced.insert(merge.replaced.begin(), merge.replaced.end());
  auto condition =
      index.etag.empty() ? objects::Condition::absent() : objects::Condition::match(index.etag);
  auto put = co_await objects_.put(index_key(merge.ns, merge.day), print_day_index(index),
                                   std::move(condition));
  if (!put && put.error().code == ErrorCode::kConflict) {
    // A put that was repeated below may have met itself.
    LAYER_CO_ASSIGN(const DayIndex now, co_await read_day_index(objects_, merge.ns, merge.day));
    if (now.segments == index.segments && now.replaced == index.replaced) {
      co_return Result<void>{};
    }
  }
  LAYER_CO_TRY(put);
  co_return Result<void>{};
}

async::Task<Result<Compaction::Outcome>> Compaction::compact(std::string ns, std::int64_t day) {
  Merge merge{.ns = ns, .day = day, .prefix = day_prefix(ns, day)};
  LAYER_CO_ASSIGN(merge.purge_mark, co_await read_purge_mark(objects_, ns));
  LAYER_CO_ASSIGN(DayIndex index, co_await read_day_index(objects_, ns, day));
  LAYER_CO_ASSIGN(const auto listed, co_await list_all(objects_, merge.prefix));
  const std::int64_t now = clock_.wall_ms();
  merge.counter = static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0));
  Outcome outcome{.settled = true};
  std::vector<std::string> gone;
  for (const auto& object : listed) {
    auto segment = parse_segment(object.key, merge.prefix, day);
    if (!segment || object.key == index_key(ns, day)) {
      continue;
    }
    if (index.counts(*segment, merge.prefix)) {
      if (!segment->compacted) {
        merge.sources.push_back(std::move(*segment));
      }
      continue;
    }
    const bool unused =
        segment->compacted ? now - static_cast<std::int64_t>(segment->counter) > ms(kAbandonedAfter)
                           : now - index.committed_ms > ms(kGrace);
    if (unused) {
      gone.push_back(object.key);
    } else {
      outcome.settled = false;
    }
  }
  for (std::string& key : gone) {
    LAYER_CO_TRY(co_await objects_.remove(std::move(key)));
    ++outcome.removed;
  }
  if (merge.sources.empty()) {
    co_return outcome;
  }
  std::ranges::sort(merge.sources, {}, &Segment::oldest_ns);
  auto merged = co_await this->merge(merge);
  if (merged && !merge.replaced.empty()) {
    merged = co_await commit(merge, std::move(index));
  }
  if (!merged) {
    // An index whose change has an unknown outcome may name them: only what surely lost is removed.
    if (merged.error().code == ErrorCode::kConflict) {
      for (std::string& key : merge.made) {
        LAYER_CO_TRY(co_await objects_.remove(std::move(key)));
      }
    }
    co_return std::unexpected(std::move(merged).error());
  }
  outcome.merged = merge.replaced.size();
  outcome.written = merge.made.size();
  outcome.settled = false;  // what was replaced is removed later
  co_return outcome;
}

async::Task<Result<std::size_t>> Compaction::expire(std::string ns, std::int64_t days) {
  const std::int64_t today = day_of(clock_.wall_ms() * kMsNs);
  const std::string prefix = namespace_prefix(ns);
  std::size_t removed = 0;
  while (true) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await objects_.list(prefix, {}, objects::kListMax));
    bool all_old = listing.more;
    for (const auto& object : listing.objects) {
      const auto day = parse_day(std::string_view(object.key).substr(prefix.size(), 10));
      // A day that ended `days` days ago ended when today's predecessor of that number did.
      if (!day || *day + 1 + days > today) {
        all_old = false;
        break;
      }
      LAYER_CO_TRY(co_await objects_.remove(object.key));
      ++removed;
    }
    if (!all_old) {
      co_return removed;
    }
  }
}

async::Task<Result<std::vector<std::string>>> Compaction::namespaces() {
  std::vector<std::string> out;
  for (std::string after;;) {
    LAYER_CO_ASSIGN(const objects::Listing listing,
                    co_await objects_.list(std::string(kHistoryPrefix), after, 1));
    if (listing.objects.empty()) {
      co_return out;
    }
    const std::string_view rest =
        std::string_view(listing.objects[0].key).substr(kHistoryPrefix.size());
    std::string ns(rest.substr(0, rest.find('/')));
    after = namespace_prefix(ns);
    ++after.back();
    out.push_back(std::move(ns));
  }
}

async::Task<Result<std::vector<std::int64_t>>> Compaction::days(std::string ns,
                                                                std::int64_t first) {
  const std::string prefix = namespace_prefix(ns);
  std::vector<std::int64_t> out;
  for (std::string after = prefix + print_day(first);;) {
    LAYER_CO_ASSIGN(const objects::Listing listing, co_await objects_.list(prefix, after, 1));
    const auto day =
        listing.objects.empty()
            ? std::nullopt
            : parse_day(std::string_view(listing.objects[0].key).substr(prefix.size(), 10));
    if (!day || ((*day + 1) * kDayMs + ms(kCompactedAfter)) > clock_.wall_ms()) {
      co_return out;
    }
    after = day_prefix(ns, *day);
    ++after.back();
    out.push_back(*day);
  }
}

}  // namespace layer::features::history
