#include "features/history/segment_reader.h"

#include <algorithm>

#include "async/fan_out.h"
#include "features/history/record.h"
#include "features/history/segment_text.h"

namespace layer::features::history {
namespace {

constexpr std::int64_t kNoFloor = std::numeric_limits<std::int64_t>::min();

TimeRange narrowed(TimeRange range, const std::optional<Position>& before) {
  if (before && before->timestamp_ns < range.to_ns) {
    range.to_ns = before->timestamp_ns + 1;  // some of that nanosecond may follow
  }
  return range;
}

}  // namespace

async::Task<Result<std::vector<SegmentReader::Packed>>> SegmentReader::get(
    std::vector<Source> sources) {
  std::vector<Packed> out(sources.size());
  std::optional<Error> error;
  const auto one = [&](std::size_t i) -> async::Task<> {
    Packed& packed = out[i];
    packed.source = std::move(sources[i]);
    if (packed.source.local != nullptr) {
      co_return;
    }
    auto object = co_await fetch(objects_, packed.source.key);
    if (!object) {
      error = std::move(object).error();
    } else if (*object) {
      packed.bytes = std::move((*object)->bytes);
    }
  };
  co_await async::fan_out(sources.size(), kParallelGets, one);
  if (error) {
    co_return std::unexpected(std::move(*error));
  }
  co_return out;
}

std::string SegmentReader::lines_of(const Packed& packed) const {
  if (packed.source.local != nullptr) {
    return packed.source.local->lines();
  }
  if (!packed.bytes) {
    return {};
  }
  auto text = unpack(*packed.bytes);
  if (!text) {
    log_.error("a segment of the search history is left out",
               {{"object", packed.source.key}, {"error", text.error().message}});
    return {};
  }
  return std::move(*text);
}

async::Task<Result<Page>> SegmentReader::newest(std::string ns, RecordKind kind,
                                                Selection selection, std::optional<Position> before,
                                                std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kLimitMax);
  SegmentWalk walk(objects_, spool_, std::move(ns), narrowed(selection.range, before),
                   clock_.wall_ms());
  LAYER_CO_TRY(co_await walk.begin());
  PageAsk ask{.kind = kind, .selection = std::move(selection), .limit = limit + 1};
  if (before) {
    ask.before = rank_of(*before);
  }
  PageBuilder page(limit);
  while (true) {
    LAYER_CO_ASSIGN(std::vector<Source> sources,
                    co_await walk.next(kParallelGets, page.floor_ns()));
    if (sources.empty()) {
      co_return std::move(page).finish(kind);
    }
    LAYER_CO_ASSIGN(const std::vector<Packed> packed, co_await get(std::move(sources)));
    for (const Packed& each : packed) {
      // The one before may have filled the page.
      if (each.source.newest_ns < page.floor_ns()) {
        continue;
      }
      LAYER_CO_ASSIGN(std::vector<Found> found,
                      co_await pool_.run([&] { return newest_of(lines_of(each), ask); }));
      page.add(std::move(found));
    }
  }
}

async::Task<Result<ScanEnd>> SegmentReader::scan(std::string ns, TimeRange range, ScanLimits limits,
                                                 std::function<bool(const Stored&)> told) {
  const auto deadline = clock_.steady() + std::chrono::milliseconds(limits.max_ms);
  SegmentWalk walk(objects_, spool_, std::move(ns), range, clock_.wall_ms());
  LAYER_CO_TRY(co_await walk.begin());
  ScanEnd end;
  bool over = false;
  const auto tell = [&](std::string_view text) {
    const auto line = read_line(text, Ask::order);
    if (!line || line->timestamp_ns < range.from_ns || line->timestamp_ns >= range.to_ns) {
      return true;
    }
    if (end.records >= limits.max_records) {
      end.truncated = over = true;
      return false;
    }
    ++end.records;
    over = !told({.kind = line->kind,
                  .timestamp_ns = line->timestamp_ns,
                  .query_id = line->query_id,
                  .json = shown(text)});
    return !over;
  };
  while (!over) {
    LAYER_CO_ASSIGN(std::vector<Source> sources, co_await walk.next(kParallelGets, kNoFloor));
    if (sources.empty()) {
      break;
    }
    LAYER_CO_ASSIGN(const std::vector<Packed> packed, co_await get(std::move(sources)));
    for (const Packed& each : packed) {
      if (over) {
        break;
      }
      if (clock_.steady() > deadline) {
        end.truncated = over = true;
        break;
      }
      LAYER_CO_TRY(co_await pool_.run([&] { for_each_line(lines_of(each), tell); }));
    }
  }
  co_return end;
}

}  // namespace layer::features::history
