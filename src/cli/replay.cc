// `layer replay NS --from 24h --against NS`: logged searches run again, as they were and against a
// candidate, and compared. Exit code 1 when a threshold is missed, so that it can hold up a
// release.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/replay_log.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kWorstShown = 10;

struct Side {
  std::vector<double> times_ms{};
  double ndcg = 0;
};

struct Compared {
  const LoggedSearch* search;
  double overlap;
  std::optional<double> tau;
};

struct Report {
  std::vector<Compared> compared{};
  Side baseline{};
  Side candidate{};
  double weight = 0;
  double overlap = 0;
  double tau_weight = 0;
  double tau = 0;
  double ndcg_weight = 0;
  std::uint64_t failed = 0;
};

struct Thresholds {
  std::optional<double> min_overlap{};
  std::optional<double> min_tau{};
  std::optional<double> max_ndcg_loss{};
};

class Replay {
 public:
  explicit Replay(Session& session) : session_(session) {}

  int run(const std::string& ns) {
    if (!read_flags(ns)) {
      return kUsage;
    }
    session_.send_header("x-hevlayer-no-history", "1");  // what is replayed is no search
    if (!read_log(session_, ask_, log_)) {
      return session_.failure();
    }
    for (const LoggedSearch& search : log_.searches) {
      if (!compare(search)) {
        return session_.failure();
      }
    }
    std::ranges::sort(report_.compared, {}, [](const Compared& one) {
      return std::pair(one.overlap, std::string_view(one.search->words));
    });
    session_.json() ? print_json() : print_text();
    return misses().empty() ? kOk : kFailure;
  }

 private:
  bool read_number(const char* flag, double low, double high, std::optional<double>& out) {
    const std::string& text = session_.flag(flag);
    if (text.empty()) {
      return true;
    }
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, value);
    if (fault != std::errc() || rest != end || value < low || value > high) {
      fmt::print(stderr, "layer: --{}: expected a number from {} to {}\n", flag, low, high);
      return false;
    }
    out = value;
    return true;
  }

  bool read_flags(const std::string& ns) {
    std::optional<double> k;
    std::optional<double> limit;
    if (!read_number("k", 1, 1000, k) || !read_number("limit", 1, 10'000, limit) ||
        !read_number("min-overlap", 0, 1, limits_.min_overlap) ||
        !read_number("min-tau", -1, 1, limits_.min_tau) ||
        !read_number("max-ndcg-loss", 0, 1, limits_.max_ndcg_loss)) {
      return false;
    }
    ask_ = {.ns = ns,
            .k = static_cast<std::size_t>(k.value_or(10)),
            .limit = static_cast<std::size_t>(limit.value_or(100)),
            .more_filters = session_.flag("against-filters")};
    against_ = session_.flag("against").empty() ? ns : session_.flag("against");
    boost::system::error_code ec;
    if (!ask_.more_filters.empty()) {
      json::parse(ask_.more_filters, ec);
    }
    if (ec) {
      fmt::print(stderr, "layer: --against-filters: expected JSON\n");
    }
    if (against_ == ns && ask_.more_filters.empty()) {
      fmt::print(stderr, "layer: replay: give --against NS, --against-filters JSON, or both\n");
      return false;
    }
    return !ec;
  }

  // nullopt: the query failed, or the session did.
  std::optional<Ranking> ask(const std::string& ns, const std::string& body, Side& side) {
    const auto begun = Clock::now();
    const auto answer =
        session_.ask("POST", "/v2/namespaces/" + http::encode_segment(ns) + "/query", body);
    const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
    if (!answer || answer->status != 200) {
      failure_ = answer ? message_of(answer->body) : answer.error().message;
      return std::nullopt;
    }
    side.times_ms.push_back(took.count());
    Ranking ids;
    boost::system::error_code ec;
    const auto parsed = json::parse(answer->body, ec);
    const auto* rows = !ec && parsed.is_object() ? parsed.as_object().if_contains("rows") : nullptr;
    for (const auto& row : rows != nullptr && rows->is_array() ? rows->as_array() : json::array()) {
      if (row.is_object() && row.as_object().contains("id")) {
        ids.push_back(json::serialize(row.as_object().at("id")));
      }
    }
    return ids;
  }

  bool compare(const LoggedSearch& search) {
    const auto before = ask(ask_.ns, search.baseline, report_.baseline);
    const auto after = ask(against_, search.candidate, report_.candidate);
    if (!before || !after) {
      fmt::print(stderr, "layer: {}: {}\n", search.words, failure_);
      ++report_.failed;
      return true;
    }
    const auto times = static_cast<double>(search.times);
    const Compared one{.search = &search,
                       .overlap = overlap_at(*before, *after, ask_.k),
                       .tau = kendall_tau(*before, *after)};
    report_.weight += times;
    report_.overlap += times * one.overlap;
    if (one.tau) {
      report_.tau_weight += times;
      report_.tau += times * *one.tau;
    }
    const auto was = ndcg_at(*before, search.clicks, ask_.k);
    const auto is = ndcg_at(*after, search.clicks, ask_.k);
    if (was && is) {
      report_.ndcg_weight += times;
      report_.baseline.ndcg += times * *was;
      report_.candidate.ndcg += times * *is;
    }
    report_.compared.push_back(one);
    return true;
  }

  static std::optional<double> mean(double sum, double weight) {
    return weight > 0 ? std::optional(sum / weight) : std::nullopt;
  }
  std::optional<double> overlap() const { return mean(report_.overlap, report_.weight); }
  std::optional<double> tau() const { return mean(report_.tau, report_.tau_weight); }
  std::optional<double> ndcg(const Side& side) const {
    return mean(side.ndcg, report_.ndcg_weight);
  }

  // The thresholds that are not kept. One that nothing can be said of is not kept either.
  std::vector<std::string> misses() const {
    std::vector<std::string> out;
    const auto was = ndcg(report_.baseline);
    const auto is = ndcg(report_.candidate);
    if (limits_.min_overlap && overlap().value_or(-1) < *limits_.min_overlap) {
      out.emplace_back("min-overlap");
    }
    if (limits_.min_tau && tau().value_or(-2) < *limits_.min_tau) {
      out.emplace_back("min-tau");
    }
    if (limits_.max_ndcg_loss && (!was || *was - *is > *limits_.max_ndcg_loss)) {
      out.emplace_back("max-ndcg-loss");
    }
    if (report_.failed > 0) {
      out.emplace_back("failed queries");
    }
    return out;
  }

  static json::value number(const std::optional<double>& value) {
    return value ? json::value(*value) : json::value();
  }
  static json::object latency(const Side& side) {
    return {{"p50", quantile(side.times_ms, 0.5)}, {"p95", quantile(side.times_ms, 0.95)}};
  }

  void print_json() const {
    json::array worst;
    for (std::size_t i = 0; i < std::min(kWorstShown, report_.compared.size()); ++i) {
      const Compared& one = report_.compared[i];
      worst.push_back({{"query", one.search->words},
                       {"times", one.search->times},
                       {"overlap", one.overlap},
                       {"kendall_tau", number(one.tau)}});
    }
    json::array missed;
    for (const std::string& miss : misses()) {
      missed.emplace_back(miss);
    }
    const json::object out{
        {"namespace", ask_.ns},
        {"against", against_},
        {"k", ask_.k},
        {"entries", log_.entries},
        {"skipped", log_.skipped},
        {"searches", report_.compared.size()},
        {"failed", report_.failed},
        {"overlap", number(overlap())},
        {"kendall_tau", number(tau())},
        {"ndcg",
         {{"baseline", number(ndcg(report_.baseline))},
          {"candidate", number(ndcg(report_.candidate))}}},
        {"latency_ms",
         {{"baseline", latency(report_.baseline)}, {"candidate", latency(report_.candidate)}}},
        {"worst", worst},
        {"missed", missed}};
    fmt::print("{}\n", json::serialize(out));
  }

  static std::string shown(const std::optional<double>& value) {
    return value ? fmt::format("{:.3f}", *value) : "-";
  }

  void print_text() const {
    fmt::print("{} searches of {} logged ones, {} of which cannot be run again; {} failed\n",
               report_.compared.size(), log_.entries, log_.skipped, report_.failed);
    fmt::print("overlap of the first {}: {}, Kendall's tau: {}\n\n", ask_.k, shown(overlap()),
               shown(tau()));
    std::vector<std::vector<std::string>> sides;
    for (const auto& [name, side] :
         {std::pair{&ask_.ns, &report_.baseline}, std::pair{&against_, &report_.candidate}}) {
      sides.push_back({side == &report_.baseline ? "now" : "candidate", *name, shown(ndcg(*side)),
                       fmt::format("{:.1f}", quantile(side->times_ms, 0.5)),
                       fmt::format("{:.1f}", quantile(side->times_ms, 0.95))});
    }
    fmt::print("{}", format_table({"", "namespace", "ndcg by clicks", "p50 ms", "p95 ms"}, sides));
    std::vector<std::vector<std::string>> worst;
    for (std::size_t i = 0; i < std::min(kWorstShown, report_.compared.size()); ++i) {
      const Compared& one = report_.compared[i];
      if (one.overlap < 1) {
        worst.push_back({one.search->words, std::to_string(one.search->times),
                         fmt::format("{:.2f}", one.overlap), shown(one.tau)});
      }
    }
    if (!worst.empty()) {
      fmt::print("\n{}", format_table({"differs most", "times", "overlap", "tau"}, worst));
    }
    for (const std::string& miss : misses()) {
      fmt::print("\nnot kept: {}\n", miss);
    }
  }

  Session& session_;
  LogAsk ask_;
  std::string against_;
  Thresholds limits_;
  SearchLog log_;
  Report report_;
  std::string failure_;
};

}  // namespace

int replay(Session& session, const std::vector<std::string>& positionals) {
  return Replay(session).run(positionals[0]);
}

}  // namespace layer::cli
