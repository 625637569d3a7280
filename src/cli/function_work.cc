// Items of a function: claimed, completed, failed (rules UF4 to UF9 and UF15 of the contract).
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/members.h"
#include "cli/work.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

class FunctionWork final : public Work {
 public:
  FunctionWork(Session& session, WorkAsk ask)
      : session_(session),
        ask_(std::move(ask)),
        target_("/v2/udfs/" + http::encode_segment(ask_.function)) {}

  Result<std::string> claim() override {
    items_.clear();
    LAYER_ASSIGN(
        const Answer answer,
        ask_while_wanted(session_, "POST", target_ + "/claim",
                         json::serialize(json::object{{"worker_id", ask_.worker_id},
                                                      {"limit", ask_.batch_size},
                                                      {"lease_seconds", ask_.lease_seconds}})));
    if (answer.status != 200) {
      over_ = refuses_for_good(answer.status);
      return fail(ErrorCode::kUpstream,
                  fmt::format("{} {}", answer.status, message_of(answer.body)));
    }
    const auto body = parse_object(answer.body);
    const auto asked = member_count(body, "retry_after_ms");
    pause_ = std::chrono::milliseconds(asked == 0 ? 2000 : asked);
    const auto* list = member_list(body, "items");
    std::string lines;
    for (const auto& item : list == nullptr ? json::array() : *list) {
      if (item.is_object() && item.as_object().contains("namespace") &&
          item.as_object().contains("id")) {
        items_.push_back(item.as_object());
        json::object line = item.as_object();
        line.erase("lease");
        lines += json::serialize(line) + "\n";
      }
    }
    return lines;
  }

  void heartbeat() override { report("heartbeat", named_items()); }

  void settle(const BatchRun& run) override {
    const auto answers = read_answers(run, "namespace", only_namespace());
    json::array complete;
    json::array failed;
    for (const json::object& item : items_) {
      const auto found =
          answers.by_key.find(line_key(member_text(item, "namespace"), item.at("id")));
      json::object entry = named(item);
      const auto failure = found == answers.by_key.end() ? std::optional(answers.missing)
                                                         : failure_of(found->second);
      if (failure) {
        failed.push_back(failed_entry(std::move(entry), *failure));
        continue;
      }
      for (const char* member : {"vector", "vectors", "attributes"}) {
        if (const auto* value = found->second.if_contains(member); value != nullptr) {
          entry[member] = *value;
        }
      }
      complete.push_back(std::move(entry));
    }
    counts_.done += settle_with("complete", std::move(complete));
    counts_.failed += settle_with("fail", std::move(failed));
    items_.clear();
  }

  void release() override {
    json::array all;
    for (const json::object& item : items_) {
      all.push_back(failed_entry(named(item), {.message = "released"}));
    }
    settle_with("fail", std::move(all));
    items_.clear();
  }

 private:
  static json::object named(const json::object& item) {
    json::object entry{{"namespace", item.at("namespace")}, {"id", item.at("id")}};
    if (const auto* lease = item.if_contains("lease"); lease != nullptr) {
      entry["lease"] = *lease;
    }
    return entry;
  }

  static json::object failed_entry(json::object entry, const Failure& failure) {
    entry["kind"] = name(failure.kind);
    entry["message"] = failure.message;
    if (failure.retry_after_ms > 0) {
      entry["retry_after_ms"] = failure.retry_after_ms;
    }
    return entry;
  }

  json::array named_items() const {
    json::array all;
    for (const json::object& item : items_) {
      all.push_back(named(item));
    }
    return all;
  }

  std::string only_namespace() const {
    std::string only = items_.empty() ? std::string() : member_text(items_.front(), "namespace");
    const bool one = std::ranges::all_of(
        items_, [&](const json::object& item) { return member_text(item, "namespace") == only; });
    return one ? only : std::string();
  }

  // How many of them the server took; the others are counted as rejected.
  std::uint64_t settle_with(std::string_view what, json::array entries) {
    if (entries.empty()) {
      return 0;
    }
    const std::uint64_t count = entries.size();
    const auto answer = report(what, std::move(entries));
    if (!answer || (answer->status != 200 && answer->status != 409)) {
      counts_.rejected += count;
      fmt::print(stderr, "layer: {} of {} items: {}\n", what, count,
                 answer ? fmt::format("{} {}", answer->status, message_of(answer->body))
                        : answer.error().message);
      return 0;
    }
    const auto refused = refused_of(parse_object(answer->body));
    const auto rejected = answer->status == 409 ? count : std::min(refused, count);
    counts_.rejected += rejected;
    return count - rejected;
  }

  // How many results are not ok; looks whether one says to stop.
  std::uint64_t refused_of(const json::object& body) {
    std::uint64_t refused = 0;
    over_ = over_ || member_text(body, "disposition") == "stop";
    const auto* results = member_list(body, "results");
    for (const auto& result : results == nullptr ? json::array() : *results) {
      const auto* each = result.if_object();
      if (each == nullptr || member_text(*each, "ok") == "true") {
        continue;
      }
      ++refused;
      over_ = over_ || member_text(*each, "disposition") == "stop";
    }
    return refused;
  }

  Result<Answer> report(std::string_view what, json::array entries) {
    json::object body{{"worker_id", ask_.worker_id}, {"items", std::move(entries)}};
    if (what != "fail") {
      body["report_dispositions"] = true;
    }
    const std::string target = fmt::format("{}/items/{}", target_, what);
    // A heartbeat that fails is followed by the next one.
    return what == "heartbeat" ? session_.ask("POST", target, json::serialize(body))
                               : ask_patiently(session_, "POST", target, json::serialize(body));
  }

  Session& session_;
  const WorkAsk ask_;
  const std::string target_;
  std::vector<json::object> items_;
};

}  // namespace

std::unique_ptr<Work> function_work(Session& session, const WorkAsk& ask) {
  return std::make_unique<FunctionWork>(session, ask);
}

}  // namespace layer::cli
