// Documents of a pipeline: claimed, their chunks read, vectors put, or moved on (rules PL3 to PL7
// of the contract).
#include <algorithm>
#include <cstdio>
#include <map>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/members.h"
#include "cli/work.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

// A document that one worker could not do so often is failed: releasing it counts no attempt.
constexpr int kTriesMax = 8;

struct Claimed {
  std::string id;
  std::string lease;
  std::vector<json::value> chunk_ids;
};

class PipelineWork final : public Work {
 public:
  PipelineWork(Session& session, WorkAsk ask)
      : session_(session),
        ask_(std::move(ask)),
        target_("/v2/pipelines/" + http::encode_segment(ask_.pipeline)) {}

  Result<std::string> claim() override {
    documents_.clear();
    LAYER_ASSIGN(
        const Answer answer,
        ask_while_wanted(session_, "POST", target_ + "/claim",
                         json::serialize(json::object{{"worker_id", ask_.worker_id},
                                                      {"stage", ask_.stage},
                                                      {"claim_stage", ask_.claim_stage},
                                                      {"limit", ask_.batch_size},
                                                      {"lease_seconds", ask_.lease_seconds}})));
    if (answer.status != 200) {
      over_ = refuses_for_good(answer.status);
      return fail(ErrorCode::kUpstream,
                  fmt::format("{} {}", answer.status, message_of(answer.body)));
    }
    const auto body = parse_object(answer.body);
    const auto* items = member_list(body, "items");
    std::string lines;
    for (const auto& item : items == nullptr ? json::array() : *items) {
      if (item.is_object()) {
        read_chunks({.id = member_text(item.as_object(), "id"),
                     .lease = member_text(item.as_object(), "lease"),
                     .chunk_ids = {}},
                    lines);
      }
    }
    return lines;
  }

  void heartbeat() override {
    json::array items;
    for (const Claimed& document : documents_) {
      items.push_back({{"id", document.id}, {"lease", document.lease}});
    }
    // One that fails is followed by the next one.
    std::ignore =
        session_.ask("POST", target_ + "/documents/heartbeat",
                     json::serialize(json::object{{"worker_id", ask_.worker_id},
                                                  {"stage", ask_.claim_stage},
                                                  {"items", std::move(items)},
                                                  {"lease_seconds", ask_.lease_seconds}}));
  }

  void settle(const BatchRun& run) override {
    const auto answers =
        read_answers(run, "document", documents_.size() == 1 ? documents_.front().id : "");
    for (const Claimed& document : documents_) {
      settle_document(document, answers);
    }
    documents_.clear();
  }

  void release() override {
    for (const Claimed& document : documents_) {
      move(document, ask_.stage, {});
    }
    documents_.clear();
  }

 private:
  void read_chunks(Claimed document, std::string& lines) {
    const auto answer = ask_patiently(
        session_, "GET",
        fmt::format("{}/documents/{}/chunks", target_, http::encode_segment(document.id)), {});
    boost::system::error_code ec;
    const auto list =
        answer && answer->status == 200 ? json::parse(answer->body, ec) : json::value();
    if (ec || !are_chunks(list)) {
      say(document, answer ? message_of(answer->body) : answer.error().message);
      move(document, ask_.stage, {});
      return;
    }
    if (list.as_array().empty()) {
      // Nothing to compute, and no vectors could be put: it is done.
      ++counts_.done;
      move(document, "indexed", {});
      return;
    }
    for (const auto& chunk : list.as_array()) {
      json::object line{{"document", document.id}};
      for (const auto& member : chunk.as_object()) {
        line[member.key()] = member.value();
      }
      document.chunk_ids.push_back(chunk.at("id"));
      lines += json::serialize(line) + "\n";
    }
    documents_.push_back(std::move(document));
  }

  static bool are_chunks(const json::value& list) {
    return list.is_array() && std::ranges::all_of(list.as_array(), [](const json::value& chunk) {
             return chunk.is_object() && chunk.as_object().contains("id");
           });
  }

  // A chunk's answer: with its document, or without where its id says it all.
  static const json::object* answer_of(const BatchAnswers& answers, const Claimed& document,
                                       const json::value& chunk) {
    auto found = answers.by_key.find(line_key(document.id, chunk));
    if (found == answers.by_key.end()) {
      found = answers.by_key.find(line_key("", chunk));
    }
    return found == answers.by_key.end() ? nullptr : &found->second;
  }

  void settle_document(const Claimed& document, const BatchAnswers& answers) {
    json::array vectors;
    for (const json::value& chunk : document.chunk_ids) {
      const auto* answer = answer_of(answers, document, chunk);
      const auto failure = answer == nullptr ? std::optional(answers.missing) : failure_of(*answer);
      if (failure) {
        give_up(document, *failure);
        return;
      }
      json::object row{{"id", chunk}};
      for (const char* member : {"vector", "vectors", "attributes"}) {
        if (const auto* value = answer->if_contains(member); value != nullptr) {
          row[member] = *value;
        }
      }
      vectors.push_back(std::move(row));
    }
    put_vectors(document, std::move(vectors));
  }

  void put_vectors(const Claimed& document, json::array vectors) {
    const auto answer = ask_patiently(
        session_, "PUT",
        fmt::format("{}/documents/{}/vectors", target_, http::encode_segment(document.id)),
        json::serialize(json::object{{"worker_id", ask_.worker_id},
                                     {"lease", document.lease},
                                     {"vectors", std::move(vectors)}}));
    if (answer && answer->status == 200) {
      ++counts_.done;
      tries_.erase(document.id);
    } else if (answer && answer->status == 409) {
      ++counts_.rejected;
      over_ = over_ || member_text(parse_object(answer->body), "disposition") == "stop";
    } else {
      const bool refused = answer && answer->status < 500 && answer->status != 429;
      give_up(document, {.kind = refused ? FailureKind::kPermanent : FailureKind::kTransient,
                         .message = answer ? message_of(answer->body) : answer.error().message});
    }
  }

  void give_up(const Claimed& document, const Failure& failure) {
    ++counts_.failed;
    say(document, failure.message);
    const bool again =
        failure.kind == FailureKind::kThrottled ||
        (failure.kind == FailureKind::kTransient && ++tries_[document.id] < kTriesMax);
    if (again) {
      move(document, ask_.stage, {});
    } else {
      tries_.erase(document.id);
      move(document, "failed", failure.message);
    }
  }

  void move(const Claimed& document, const std::string& stage, const std::string& reason) {
    json::object body{{"worker_id", ask_.worker_id},
                      {"stage", stage},
                      {"items", json::array{{{"id", document.id}, {"lease", document.lease}}}}};
    if (!reason.empty()) {
      body["reason"] = reason.substr(0, kReasonBytesMax);
    }
    std::ignore =
        ask_patiently(session_, "POST", target_ + "/documents/stage", json::serialize(body));
  }

  static void say(const Claimed& document, const std::string& why) {
    fmt::print(stderr, "layer: {}: {}\n", document.id, why);
  }

  static constexpr std::size_t kReasonBytesMax = 200;

  Session& session_;
  const WorkAsk ask_;
  const std::string target_;
  std::vector<Claimed> documents_;
  std::map<std::string, int> tries_;
};

}  // namespace

std::unique_ptr<Work> pipeline_work(Session& session, const WorkAsk& ask) {
  return std::make_unique<PipelineWork>(session, ask);
}

}  // namespace layer::cli
