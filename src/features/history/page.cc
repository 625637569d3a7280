#include "features/history/page.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/random.h"
#include "features/history/record.h"
#include "features/history/segment_text.h"

namespace layer::features::history {
namespace {

// Between a query id and the tie in a position; no id has one.
constexpr char kTieMark = '\n';
constexpr std::size_t kTieDigits = 16;

bool asks_more_than_time(const Selection& selection) {
  return !selection.tags.empty() || !selection.client_id.empty() || !selection.query_id.empty() ||
         !selection.raw_query.empty() || !selection.trace_id.empty() || !selection.action.empty();
}

struct Candidate {
  Rank rank;
  std::string_view line;
};

bool newer(const Candidate& a, const Candidate& b) {
  return a.rank > b.rank;
}

}  // namespace

Rank rank_of(const Position& position) {
  Rank rank{.timestamp_ns = position.timestamp_ns, .query_id = position.query_id};
  const std::size_t mark = position.query_id.find(kTieMark);
  if (mark != std::string::npos && position.query_id.size() == mark + 1 + kTieDigits) {
    const char* digits = position.query_id.data() + mark + 1;
    const auto [end, error] = std::from_chars(digits, digits + kTieDigits, rank.tie, 16);
    if (error == std::errc() && end == digits + kTieDigits) {
      rank.query_id.resize(mark);
    }
  }
  return rank;
}

std::vector<Found> newest_of(std::string_view lines, const PageAsk& ask) {
  const Ask fields = asks_more_than_time(ask.selection) ? Ask::all : Ask::order;
  std::vector<Candidate> best;
  const auto cut = [&] {
    if (best.size() > ask.limit) {
      const auto end = best.begin() + static_cast<std::ptrdiff_t>(ask.limit);
      std::ranges::nth_element(best, end, newer);
      best.erase(end, best.end());
    }
  };
  for_each_line(lines, [&](std::string_view text) {
    auto line = read_line(text, fields);
    if (!line || line->kind != ask.kind || !selects(ask.selection, *line)) {
      return true;
    }
    Rank rank{.timestamp_ns = line->timestamp_ns,
              .query_id = std::move(line->query_id),
              .tie = XXH3_64bits(text.data(), text.size())};
    if (!ask.before || rank < *ask.before) {
      best.push_back({.rank = std::move(rank), .line = text});
      if (best.size() >= 2 * ask.limit + 1024) {
        cut();
      }
    }
    return true;
  });
  cut();
  std::vector<Found> found;
  found.reserve(best.size());
  for (Candidate& each : best) {
    found.push_back({.rank = std::move(each.rank), .json = shown(each.line)});
  }
  return found;
}

void PageBuilder::add(std::vector<Found> found) {
  for (Found& each : found) {
    found_.insert(std::move(each));
    if (found_.size() > limit_ + 1) {
      found_.erase(std::prev(found_.end()));
    }
  }
}

std::int64_t PageBuilder::floor_ns() const {
  return found_.size() > limit_ ? std::prev(found_.end())->rank.timestamp_ns
                                : std::numeric_limits<std::int64_t>::min();
}

Page PageBuilder::finish(RecordKind kind) && {
  Page page;
  std::optional<Rank> following;
  while (!found_.empty()) {
    auto node = found_.extract(found_.begin());
    Found& each = node.value();
    if (page.records.size() == limit_) {
      following = std::move(each.rank);
      break;
    }
    page.next = Position{.timestamp_ns = each.rank.timestamp_ns, .query_id = each.rank.query_id};
    if (!found_.empty()) {
      const Rank& next = found_.begin()->rank;
      if (next.timestamp_ns == each.rank.timestamp_ns && next.query_id == each.rank.query_id) {
        page.next->query_id += kTieMark + core::hex(each.rank.tie);
      }
    }
    page.records.push_back({.kind = kind,
                            .timestamp_ns = each.rank.timestamp_ns,
                            .query_id = std::move(each.rank.query_id),
                            .json = std::move(each.json)});
  }
  if (!following) {
    page.next.reset();
  }
  return page;
}

}  // namespace layer::features::history
