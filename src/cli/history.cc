// `layer history list|follow` and `layer clicks list`: what was searched and clicked.
#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/history_request.h"
#include "cli/table.h"
#include "core/units.h"

namespace layer::cli {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{1000};

const json::array* records_of(const json::value& body, const char* member) {
  const auto* object = body.if_object();
  const auto* list = object == nullptr ? nullptr : object->if_contains(member);
  return list == nullptr ? nullptr : list->if_array();
}

int print_list(Session& session, const std::string& target, const char* member,
               const std::vector<std::string>& columns,
               std::vector<std::string> (*row)(const json::object&)) {
  Answer answer;
  if (!session.call("GET", target, {}, answer)) {
    return session.failure();
  }
  boost::system::error_code ec;
  const auto body = json::parse(answer.body, ec);
  const auto* records = ec ? nullptr : records_of(body, member);
  if (session.json() || records == nullptr) {
    fmt::print("{}\n", answer.body);
    return kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& record : *records) {
    if (record.is_object()) {
      rows.push_back(row(record.as_object()));
    }
  }
  fmt::print("{}", format_table(columns, rows));
  if (const std::string next = history_member(body.as_object(), "next_cursor"); !next.empty()) {
    fmt::print("\nolder ones: --cursor {}\n", next);
  }
  return kOk;
}

std::int64_t nanos_of(const json::object& entry) {
  const auto* nanos = entry.if_contains("timestamp_nanos");
  return nanos != nullptr && nanos->is_int64() ? nanos->as_int64() : 0;
}

// Prints what is newer than `last`, oldest first, and moves it on.
void print_new(const Session& session, const json::array& entries, std::int64_t& last) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!entry->is_object() || nanos_of(entry->as_object()) <= last) {
      continue;
    }
    last = nanos_of(entry->as_object());
    if (session.json()) {
      fmt::print("{}\n", json::serialize(*entry));
    } else {
      fmt::print("{}  {}  {} rows  {}\n", history_member(entry->as_object(), "timestamp"),
                 history_member(entry->as_object(), "status"),
                 history_member(entry->as_object(), "result_count"),
                 asked_words(entry->as_object()));
    }
  }
  std::fflush(stdout);
}

}  // namespace

int history_list(Session& session, const std::vector<std::string>& positionals) {
  const std::string target =
      history_target(session, positionals[0], "search-history",
                     {"limit", "tag", "from", "to", "client-id", "query-id", "contains", "cursor"});
  return print_list(session, target, "entries", kQueryColumns, query_row);
}

int clicks_list(Session& session, const std::vector<std::string>& positionals) {
  const std::string target =
      history_target(session, positionals[0], "clickstream",
                     {"limit", "tag", "from", "to", "client-id", "query-id", "action", "cursor"});
  return print_list(session, target, "events", kClickColumns, click_row);
}

int history_follow(Session& session, const std::vector<std::string>& positionals) {
  const std::string& during = session.flag("for");
  const auto limit = core::parse_duration(during.empty() ? "0" : during);
  if (!limit) {
    fmt::print(stderr, "layer: --for: expected a duration such as 10m\n");
    return kUsage;
  }
  const std::string target =
      history_target(session, positionals[0], "search-history", {"tag", "client-id", "contains"});
  const auto begun = Clock::now();
  std::int64_t last = 0;
  while (true) {
    Answer answer;
    if (!session.call("GET", target, {}, answer)) {
      return session.failure();
    }
    boost::system::error_code ec;
    const auto body = json::parse(answer.body, ec);
    const auto* entries = ec ? nullptr : records_of(body, "entries");
    if (entries == nullptr) {
      fmt::print(stderr, "layer: the server's answer is no list of queries\n");
      return kFailure;
    }
    print_new(session, *entries, last);
    if (limit->count() > 0 && Clock::now() - begun >= *limit) {
      return kOk;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace layer::cli
