#include "features/insights/tally.h"

#include <algorithm>
#include <cmath>
#include <ranges>

#include <xxhash.h>

namespace layer::features::insights {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr double kPercentile = 0.95;

std::uint64_t fingerprint(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

std::uint32_t short_fingerprint(std::string_view text) {
  return static_cast<std::uint32_t>(fingerprint(text));
}

std::optional<double> rate(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? std::nullopt
                    : std::optional(static_cast<double>(part) / static_cast<double>(whole));
}

std::optional<double> percentile(std::vector<float> values) {
  if (values.empty()) {
    return std::nullopt;
  }
  const auto rank =
      static_cast<std::size_t>(std::ceil(kPercentile * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::ranges::nth_element(values, at);
  return *at;
}

bool has_all(const std::vector<std::string>& tags, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(
      wanted, [&](const std::string& tag) { return std::ranges::find(tags, tag) != tags.end(); });
}

// Ratios of the queries with the same words.
struct Ratios {
  std::uint64_t answered = 0;
  std::uint64_t clicked = 0;
  double reciprocals = 0;
  std::uint64_t ranked = 0;

  void count(bool has_click, std::uint32_t position) {
    ++answered;
    clicked += has_click ? 1 : 0;
    if (position > 0) {
      reciprocals += 1.0 / position;
      ++ranked;
    }
  }
  std::optional<double> mrr() const {
    return ranked == 0 ? std::nullopt : std::optional(reciprocals / static_cast<double>(ranked));
  }
};

}  // namespace

// Clicks put to their queries.
struct Tally::Joined {
  struct First {
    std::int64_t timestamp_ns = 0;
    std::uint32_t position = 0;
  };
  std::unordered_map<Fingerprint, const Query*> queries;
  std::unordered_map<Fingerprint, First> first;  // click of each query
  std::array<std::uint64_t, kPositions> by_position{};
  std::uint64_t clicks = 0;
};

bool Tally::add(const history::Stored& stored) {
  if (stored.kind == history::RecordKind::query) {
    const auto record = read_query(stored);
    return !record || add(*record);
  }
  const auto record = read_click(stored);
  return !record || add(*record);
}

std::uint32_t Tally::words_of(const std::string& text, bool& full) {
  if (text.empty()) {
    return 0;
  }
  if (const auto known = words_at_.find(text); known != words_at_.end()) {
    return known->second;
  }
  if (words_at_.size() >= limits_.words_max) {
    full = true;
    return 0;
  }
  const auto at = static_cast<std::uint32_t>(words_.size());
  words_.push_back({.text = text});
  words_at_.emplace(text, at);
  return at;
}

bool Tally::add(const QueryRecord& record) {
  if (!has_all(record.tags, tags_)) {
    return true;
  }
  if (queries_.size() >= limits_.queries_max) {
    return false;
  }
  bool full = false;
  Query query{.id = fingerprint(record.query_id),
              .session = record.session_id.empty() ? 0 : fingerprint(record.session_id),
              .words = words_of(record.words, full),
              .answered = record.succeeded() && record.results > 0};
  for (const std::string& id : record.top_ids) {
    query.top_ids.push_back(short_fingerprint(id));
  }
  if (query.words != 0) {
    Words& words = words_[query.words];
    ++words.count;
    if (record.succeeded()) {
      ++words.succeeded;
      words.durations_ms.push_back(static_cast<float>(record.duration_ms));
      if (record.results == 0) {
        ++words.unanswered;
        words.last_unanswered_ns = std::max(words.last_unanswered_ns, record.timestamp_ns);
      }
    }
  }
  ++count_;
  queries_.push_back(std::move(query));
  return !full;
}

bool Tally::add(const ClickRecord& record) {
  if (!record.chosen) {
    return true;
  }
  if (clicks_.size() >= limits_.queries_max) {
    return false;
  }
  clicks_.push_back({.query = fingerprint(record.query_id),
                     .timestamp_ns = record.timestamp_ns,
                     .position = record.position.value_or(0),
                     .doc = short_fingerprint(record.doc_id)});
  return true;
}

Tally::Joined Tally::join() const {
  Joined out;
  for (const Query& query : queries_) {
    out.queries.try_emplace(query.id, &query);
  }
  for (const Click& click : clicks_) {
    const auto query = out.queries.find(click.query);
    if (query == out.queries.end() && !tags_.empty()) {
      continue;
    }
    std::uint32_t position = click.position;
    if (position == 0 && query != out.queries.end()) {
      const auto& ids = query->second->top_ids;
      const auto found = std::ranges::find(ids, click.doc);
      position = found == ids.end() ? 0 : static_cast<std::uint32_t>(found - ids.begin()) + 1;
    }
    ++out.clicks;
    if (position >= 1 && position <= kPositions) {
      ++out.by_position[position - 1];
    }
    const auto [first, fresh] = out.first.try_emplace(
        click.query, Joined::First{.timestamp_ns = click.timestamp_ns, .position = position});
    if (!fresh && click.timestamp_ns < first->second.timestamp_ns) {
      first->second = {.timestamp_ns = click.timestamp_ns, .position = position};
    }
  }
  return out;
}

Sums Tally::finish(std::size_t top) const {
  const Joined joined = join();
  Sums sums{.queries = count_, .clicks = joined.clicks, .clicks_by_position = joined.by_position};
  std::unordered_set<Fingerprint> sessions;
  std::unordered_map<Fingerprint, bool> answered_sessions;  // clicked
  std::uint64_t lone = 0;
  std::uint64_t lone_abandoned = 0;
  std::vector<Ratios> by_words(words_.size());
  Ratios all;
  for (const Query& query : queries_) {
    if (query.session != 0) {
      sessions.insert(query.session);
    }
    if (!query.answered) {
      continue;
    }
    const auto first = joined.first.find(query.id);
    const bool clicked = first != joined.first.end();
    const std::uint32_t position = clicked ? first->second.position : 0;
    all.count(clicked, position);
    by_words[query.words].count(clicked, position);
    if (query.session != 0) {
      answered_sessions[query.session] |= clicked;
    } else {
      ++lone;
      lone_abandoned += clicked ? 0 : 1;
    }
  }
  sums.sessions = sessions.size();
  sums.click_through_rate = rate(all.clicked, all.answered);
  sums.mean_reciprocal_click_rank = all.mrr();
  const auto abandoned =
      static_cast<std::uint64_t>(std::ranges::count(answered_sessions | std::views::values, false));
  sums.abandonment_rate = rate(lone_abandoned + abandoned, lone + answered_sessions.size());

  std::vector<std::uint32_t> order;
  for (std::uint32_t at = 1; at < words_.size(); ++at) {
    order.push_back(at);
  }
  const auto most = [&](auto member) {
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      const auto left = member(words_[a]);
      const auto right = member(words_[b]);
      return left != right ? left > right : words_[a].text < words_[b].text;
    });
  };
  most([](const Words& words) { return words.count; });
  for (const std::uint32_t at : order | std::views::take(top)) {
    const Words& words = words_[at];
    sums.top_queries.push_back({.query = words.text,
                                .count = words.count,
                                .ctr = rate(by_words[at].clicked, by_words[at].answered),
                                .mrr = by_words[at].mrr(),
                                .no_result_rate = rate(words.unanswered, words.succeeded),
                                .p95_ms = percentile(words.durations_ms)});
  }
  most([](const Words& words) { return words.unanswered; });
  for (const std::uint32_t at : order | std::views::take(top)) {
    const Words& words = words_[at];
    if (words.unanswered > 0) {
      sums.no_result_queries.push_back({.query = words.text,
                                        .count = words.unanswered,
                                        .last_seen_ms = words.last_unanswered_ns / kNsPerMs});
    }
  }
  return sums;
}

}  // namespace layer::features::insights
