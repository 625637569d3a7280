#include "cli/function_plan.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/members.h"
#include "cli/table.h"

namespace layer::cli {

namespace json = boost::json;

namespace {

constexpr double kMinute = 60;
constexpr double kHour = 3600;

std::string size_text(double bytes) {
  static constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < kUnits.size(); ++unit) {
    bytes /= 1000;
  }
  return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string time_text(double seconds) {
  if (seconds < 2 * kMinute) {
    return fmt::format("{:.0f} s", seconds);
  }
  return seconds < 2 * kHour ? fmt::format("{:.0f} min", seconds / kMinute)
                             : fmt::format("{:.1f} h", seconds / kHour);
}

// What is not known is "?".
std::vector<std::string> totals_of(const json::object& plan) {
  const auto* compute = member_object(plan, "compute");
  const auto* upstream = member_object(plan, "upstream");
  const bool timed = compute != nullptr && compute->contains("seconds");
  const bool priced = upstream != nullptr && upstream->contains("usd");
  return {fmt::to_string(member_count(plan, "rows")),
          fmt::format("{}, {} tokens", size_text(member_number(plan, "input_bytes")),
                      member_count(plan, "input_tokens_estimate")),
          upstream == nullptr ? "?"
                              : fmt::format("{} queried, {} written",
                                            size_text(member_number(*upstream, "bytes_queried")),
                                            size_text(member_number(*upstream, "bytes_written"))),
          timed ? time_text(member_number(*compute, "seconds")) : "?",
          priced ? fmt::format("{:.4f} USD", member_number(*upstream, "usd")) : "?"};
}

}  // namespace

std::uint64_t planned_rows(const json::object& plan) {
  std::uint64_t selected = 0;
  const auto* namespaces = member_list(plan, "namespaces");
  for (const auto& item : namespaces == nullptr ? json::array() : *namespaces) {
    if (const auto* each = item.if_object(); each != nullptr) {
      selected += member_count(*each, "rows_selected");
    }
  }
  return selected;
}

std::string format_plan(const json::object& plan) {
  std::string out;
  if (const auto* namespaces = member_list(plan, "namespaces"); namespaces != nullptr) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : *namespaces) {
      if (const auto* each = item.if_object(); each != nullptr) {
        rows.push_back({member_text(*each, "namespace"), member_text(*each, "rows_total"),
                        member_text(*each, "rows_selected"), member_text(*each, "rows_skippable")});
      }
    }
    out += format_table({"namespace", "rows", "selected", "skippable"}, rows);
  }
  out += (out.empty() ? "" : "\n") +
         format_table({"rows", "input", "store", "time", "price"}, {totals_of(plan)});
  if (const auto* caveats = member_list(plan, "caveats"); caveats != nullptr) {
    for (const auto& caveat : *caveats) {
      out += fmt::format("note: {}\n", cell(caveat));
    }
  }
  return out;
}

void add_namespaces(const Session& session, json::object& body) {
  const std::string& list = session.flag("namespaces");
  json::array names;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    names.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  if (!names.empty()) {
    body["namespaces"] = std::move(names);
  }
}

std::optional<std::uint64_t> discover_all(Session& session, const std::string& target,
                                          json::object body) {
  const std::uint64_t rows_max = member_count(body, "max_rows");
  std::uint64_t enqueued = 0;
  for (;;) {
    Answer answer;
    if (!session.call("POST", target + "/discover", json::serialize(body), answer)) {
      return std::nullopt;
    }
    const auto found = parse_object(answer.body);
    enqueued += member_count(found, "enqueued");
    const std::string next = member_text(found, "next_cursor");
    if (next.empty() || member_text(found, "complete") == "true" ||
        (rows_max > 0 && enqueued >= rows_max)) {
      return enqueued;
    }
    if (rows_max > 0) {
      body["max_rows"] = rows_max - enqueued;
    }
    body["cursor"] = next;
  }
}

}  // namespace layer::cli
