#include "cli/replay_log.h"

#include <functional>
#include <map>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/history_request.h"
#include "cli/replay_query.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

// Records that are looked at to find different searches, and clicks of them.
constexpr std::uint64_t kRecordsMax = 100'000;

// Calls `see` with each record, newest first, until it returns false. False: a call failed.
bool for_each(Session& session, const std::string& target, const char* member,
              const std::function<bool(const json::object&)>& see) {
  std::string cursor;
  for (std::uint64_t seen = 0; seen < kRecordsMax;) {
    Answer answer;
    const std::string page = cursor.empty() ? "" : "&cursor=" + http::encode_segment(cursor);
    const char separator = target.find('?') == std::string::npos ? '?' : '&';
    if (!session.call("GET", fmt::format("{}{}limit=1000{}", target, separator, page), {},
                      answer)) {
      return false;
    }
    boost::system::error_code ec;
    const auto body = json::parse(answer.body, ec);
    const auto* object = ec ? nullptr : body.if_object();
    const auto* records = object == nullptr ? nullptr : object->if_contains(member);
    if (records == nullptr || !records->is_array()) {
      return true;
    }
    for (const auto& record : records->as_array()) {
      ++seen;
      if (record.is_object() && !see(record.as_object())) {
        return true;
      }
    }
    cursor = history_member(*object, "next_cursor");
    if (cursor.empty()) {
      return true;
    }
  }
  return true;
}

class Log {
 public:
  Log(const LogAsk& ask, SearchLog& out) : ask_(ask), out_(out) {}

  // False: enough.
  bool add_entry(const json::object& entry) {
    ++out_.entries;
    const auto* logged = entry.if_contains("query");
    const auto body =
        history_member(entry, "status") == "200" && logged != nullptr && logged->is_object()
            ? replay_body(logged->as_object(), ask_.k, "")
            : std::nullopt;
    if (!body) {
      ++out_.skipped;
      return true;
    }
    const auto [at, fresh] = by_body_.try_emplace(*body, out_.searches.size());
    if (fresh) {
      if (out_.searches.size() == ask_.limit) {
        by_body_.erase(at);
        --out_.entries;
        return false;
      }
      out_.searches.push_back(
          {.words = asked_words(entry),
           .baseline = *body,
           .candidate = *replay_body(logged->as_object(), ask_.k, ask_.more_filters)});
    }
    ++out_.searches[at->second].times;
    by_query_.try_emplace(history_member(entry, "query_id"), at->second);
    return true;
  }

  void add_click(const json::object& event) {
    const std::string action = history_member(event, "action");
    const auto query = by_query_.find(history_member(event, "query_id"));
    const auto* doc = event.if_contains("doc_id");
    if ((action == "click" || action == "click_through") && query != by_query_.end() &&
        doc != nullptr) {
      out_.searches[query->second].clicks[json::serialize(*doc)] += 1;
    }
  }

 private:
  const LogAsk& ask_;
  SearchLog& out_;
  std::map<std::string, std::size_t> by_body_;
  std::map<std::string, std::size_t> by_query_;
};

}  // namespace

bool read_log(Session& session, const LogAsk& ask, SearchLog& out) {
  Log log(ask, out);
  const auto entries = history_target(session, ask.ns, "search-history", {"from", "to", "tag"});
  if (!for_each(session, entries, "entries",
                [&](const json::object& entry) { return log.add_entry(entry); })) {
    return false;
  }
  const auto clicks = history_target(session, ask.ns, "clickstream", {"from", "to"});
  return for_each(session, clicks, "events", [&](const json::object& event) {
    log.add_click(event);
    return true;
  });
}

}  // namespace layer::cli
