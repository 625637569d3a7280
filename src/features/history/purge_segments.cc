#include "features/history/purge_segments.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "async/fan_out.h"
#include "core/random.h"
#include "features/history/segment_text.h"
#include "features/history/utc.h"

namespace layer::features::history {
namespace {

constexpr int kRewriteTriesMax = 4;

std::string mark_key(std::string_view ns) {
  return namespace_prefix(ns) + "purged.json";
}

struct Kept {
  std::string lines{};
  std::uint64_t queries = 0;  // that go
  std::uint64_t clicks = 0;
};

Kept keep(std::string_view lines, const PurgeAsk& ask) {
  Kept kept;
  for_each_line(lines, [&](std::string_view text) {
    const auto line = read_line(text, Ask::all);
    if (line && is_purged(ask, *line)) {
      ++(line->kind == RecordKind::query ? kept.queries : kept.clicks);
    } else {
      kept.lines += text;
      kept.lines += '\n';
    }
    return true;
  });
  return kept;
}

class Purge {
 public:
  Purge(objects::ObjectStore& objects, async::CpuPool& pool, std::string ns, PurgeAsk ask)
      : objects_(objects), pool_(pool), ns_(std::move(ns)), ask_(std::move(ask)) {}

  async::Task<Result<PurgeCount>> run() {
    for (int looks = 0; looks < kPurgeLooksMax; ++looks) {
      LAYER_CO_ASSIGN(const bool news, co_await look());
      if (!news && looks > 0) {
        co_return count_;
      }
      LAYER_CO_TRY(co_await objects_.put(
          mark_key(ns_), fmt::format(R"({{"v":1,"purge":"{}"}})", core::random_uuid())));
    }
    co_return fail(ErrorCode::kUnavailable,
                   "the search history changes faster than it can be purged; ask again");
  }

 private:
  // Whether there was anything that was not seen before.
  async::Task<Result<bool>> look() {
    const std::string prefix = namespace_prefix(ns_);
    bool news = false;
    for (std::string after;;) {
      LAYER_CO_ASSIGN(const objects::Listing listing,
                      co_await objects_.list(prefix, after, objects::kListMax));
      std::vector<Segment> fresh;
      for (const auto& object : listing.objects) {
        const auto day = parse_day(std::string_view(object.key).substr(prefix.size(), 10));
        if (!day || !seen_.insert(object.key).second || object.key == index_key(ns_, *day)) {
          continue;
        }
        if (auto segment = parse_segment(object.key, day_prefix(ns_, *day), *day)) {
          fresh.push_back(std::move(*segment));
        }
      }
      news = news || !fresh.empty();
      LAYER_CO_TRY(co_await rewrite_all(fresh));
      if (!listing.more) {
        co_return news;
      }
      after = listing.objects.back().key;
    }
  }

  async::Task<Result<void>> rewrite_all(const std::vector<Segment>& segments) {
    std::optional<Error> error;
    const auto one = [&](std::size_t i) -> async::Task<> {
      if (!error) {
        if (auto done = co_await rewrite(segments[i]); !done) {
          error = std::move(done).error();
        }
      }
    };
    co_await async::fan_out(segments.size(), kParallelPurges, one);
    if (error) {
      co_return std::unexpected(std::move(*error));
    }
    co_return Result<void>{};
  }

  async::Task<Result<bool>> counts(const Segment& segment) {
    const std::int64_t day = day_of(segment.oldest_ns);
    auto index = indexes_.find(day);
    if (index == indexes_.end()) {
      LAYER_CO_ASSIGN(DayIndex read, co_await read_day_index(objects_, ns_, day));
      index = indexes_.emplace(day, std::move(read)).first;
    }
    co_return index->second.counts(segment, day_prefix(ns_, day));
  }

  async::Task<Result<void>> rewrite(const Segment& segment) {
    if (segment.oldest_ns >= ask_.before_ns && asks_time()) {
      co_return Result<void>{};
    }
    for (int tries = 1;; ++tries) {
      LAYER_CO_ASSIGN(const auto object, co_await fetch(objects_, segment.key));
      if (!object) {
        co_return Result<void>{};
      }
      LAYER_CO_ASSIGN(const Result<Kept> kept, co_await pool_.run([&]() -> Result<Kept> {
        LAYER_ASSIGN(const std::string text, unpack(object->bytes));
        return keep(text, ask_);
      }));
      LAYER_CO_TRY(kept);
      if (kept->queries + kept->clicks == 0) {
        co_return Result<void>{};
      }
      // One that a gateway uploaded keeps its name although nothing is left: should that gateway
      // upload it again after a crash, it finds the name taken.
      LAYER_CO_ASSIGN(std::string packed, co_await pool_.run([&] { return pack(kept->lines); }));
      auto put = co_await objects_.put(segment.key, std::move(packed),
                                       objects::Condition::match(object->etag));
      if (put) {
        co_return co_await count(segment, *kept);
      }
      if (put.error().code != ErrorCode::kConflict || tries == kRewriteTriesMax) {
        co_return std::unexpected(std::move(put).error());
      }
    }
  }

  async::Task<Result<void>> count(const Segment& segment, const Kept& kept) {
    LAYER_CO_ASSIGN(const bool counted, co_await counts(segment));
    if (counted) {
      count_.queries += kept.queries;
      count_.clicks += kept.clicks;
      ++count_.segments;
    }
    co_return Result<void>{};
  }

  bool asks_time() const { return ask_.before_ns != std::numeric_limits<std::int64_t>::min(); }

  objects::ObjectStore& objects_;
  async::CpuPool& pool_;
  const std::string ns_;
  const PurgeAsk ask_;
  PurgeCount count_{};
  std::unordered_set<std::string> seen_;
  std::map<std::int64_t, DayIndex> indexes_;  // of days where something went
};

}  // namespace

async::Task<Result<std::string>> read_purge_mark(objects::ObjectStore& objects, std::string ns) {
  LAYER_CO_ASSIGN(auto object, co_await fetch(objects, mark_key(ns)));
  co_return object ? std::move(object->etag) : std::string();
}

bool is_purged(const PurgeAsk& ask, const Line& line) {
  return (!ask.client_id.empty() && line.client_id == ask.client_id) ||
         (!ask.user_id.empty() && line.user_id == ask.user_id) || line.timestamp_ns < ask.before_ns;
}

async::Task<Result<PurgeCount>> purge_segments(objects::ObjectStore& objects, async::CpuPool& pool,
                                               std::string ns, PurgeAsk ask) {
  Purge purge(objects, pool, std::move(ns), std::move(ask));
  co_return co_await purge.run();
}

}  // namespace layer::features::history
