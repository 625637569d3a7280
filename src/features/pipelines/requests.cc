#include "features/pipelines/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/limits.h"
#include "features/pipelines/names.h"
#include "json/members.h"
#include "json/splice.h"
#include "json/wrong_member.h"

namespace layer::features::pipelines {
namespace {

using json::wrong_member;

// A lease is opaque to callers: text, or the number that it is.
Result<std::uint64_t> read_lease(std::string_view member, const json::Value& value) {
  std::uint64_t epoch = 0;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), epoch);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
      epoch = 0;
    }
  } else if (value.get(epoch) != simdjson::SUCCESS) {
    epoch = 0;
  }
  if (epoch == 0) {
    return wrong_member(member, "expected the lease as it was handed out");
  }
  return epoch;
}

// The members of a body that workers of pipelines send.
class Body : public json::Members {
 public:
  static Result<Body> parse(std::string_view text) {
    LAYER_ASSIGN(json::Members members, json::Members::parse(text));
    return Body(std::move(members));
  }

  Result<void> stage(std::string_view name, std::string& out) {
    LAYER_TRY(text(name, out));
    return check_stage(name, out);
  }
  Result<void> lease_seconds(std::chrono::seconds& out) {
    return number("lease_seconds", out, static_cast<std::uint64_t>(kLeaseMin.count()),
                  static_cast<std::uint64_t>(kLeaseMax.count()));
  }
  // "document_ids" or "items".
  Result<void> documents(std::vector<queue::DocumentLease>& out) {
    const auto ids = take("document_ids");
    const auto items = take("items");
    if (ids.has_value() == items.has_value()) {
      return wrong_member("items", "give either document_ids or items");
    }
    json::Array list;
    if ((ids ? *ids : *items).get(list) != simdjson::SUCCESS ||
        list.size() > queue::kWorkBatchMax) {
      return wrong_member(ids ? "document_ids" : "items",
                          fmt::format("expected a list of at most {}", queue::kWorkBatchMax));
    }
    for (const json::Value item : list) {
      queue::DocumentLease document;
      std::string_view id;
      json::Value lease;
      const json::Value named = ids ? item : json::Value(item["id"].value_unsafe());
      if ((items && item["id"].error() != simdjson::SUCCESS) ||
          named.get(id) != simdjson::SUCCESS) {
        return wrong_member(fmt::format("{}[{}]", ids ? "document_ids" : "items", out.size()),
                            ids ? "expected a string" : "expected an object with id and lease");
      }
      LAYER_TRY(check_document_id(id));
      document.id = id;
      if (items && item["lease"].get(lease) == simdjson::SUCCESS && !lease.is_null()) {
        LAYER_ASSIGN(document.epoch, read_lease(fmt::format("items[{}].lease", out.size()), lease));
      }
      out.push_back(std::move(document));
    }
    return {};
  }

 private:
  explicit Body(json::Members members) : json::Members(std::move(members)) {}
};

}  // namespace

Result<queue::Pipeline> parse_pipeline(std::string_view text) {
  LAYER_ASSIGN(Body body, Body::parse(text));
  queue::Pipeline pipeline{.id = "", .distance_metric = "cosine_distance"};
  LAYER_TRY(body.text("id", pipeline.id));
  LAYER_TRY(check_pipeline_id(pipeline.id));
  LAYER_TRY(body.text("target_namespace", pipeline.target_namespace));
  const std::string& target = pipeline.target_namespace;
  if (target.empty() || target.size() > core::limits::namespace_name_bytes_max ||
      target.find_first_not_of(
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") !=
          std::string::npos) {
    return wrong_member("target_namespace", "expected 1 to 128 of A-Z a-z 0-9 - _ .");
  }
  LAYER_TRY(body.text("distance_metric", pipeline.distance_metric));
  if (pipeline.distance_metric != "cosine_distance" &&
      pipeline.distance_metric != "euclidean_squared") {
    return wrong_member("distance_metric", R"(expected "cosine_distance" or "euclidean_squared")");
  }
  LAYER_TRY(body.end());
  return pipeline;
}

Result<queue::ClaimDocuments> parse_claim(std::string_view text) {
  LAYER_ASSIGN(Body body, Body::parse(text));
  queue::ClaimDocuments claim{.pipeline = "", .worker = ""};
  std::chrono::seconds lease = kLeaseDefault;
  LAYER_TRY(body.stage("stage", claim.stage));
  LAYER_TRY(body.stage("claim_stage", claim.claim_stage));
  LAYER_TRY(body.number("limit", claim.limit, 1, kClaimMax));
  LAYER_TRY(body.text("worker_id", claim.worker));
  LAYER_TRY(check_worker(claim.worker));
  LAYER_TRY(body.lease_seconds(lease));
  LAYER_TRY(body.text("document_id_prefix", claim.prefix));
  claim.lease_for = lease;
  LAYER_TRY(body.end());
  return claim;
}

Result<Heartbeat> parse_heartbeat(std::string_view text) {
  LAYER_ASSIGN(Body body, Body::parse(text));
  Heartbeat beat;
  LAYER_TRY(body.documents(beat.documents));
  LAYER_TRY(body.stage("stage", beat.stage));
  LAYER_TRY(body.text("worker_id", beat.worker));
  LAYER_TRY(check_worker(beat.worker));
  LAYER_TRY(body.lease_seconds(beat.lease_for));
  LAYER_TRY(body.end());
  return beat;
}

Result<queue::MoveDocuments> parse_move(std::string_view text) {
  LAYER_ASSIGN(Body body, Body::parse(text));
  queue::MoveDocuments move{.pipeline = "", .documents = {}, .stage = ""};
  LAYER_TRY(body.documents(move.documents));
  LAYER_TRY(body.stage("stage", move.stage));
  LAYER_TRY(body.text("from_stage", move.from_stage));
  if (!move.from_stage.empty()) {
    LAYER_TRY(check_stage("from_stage", move.from_stage));
  }
  LAYER_TRY(body.text("worker_id", move.worker));
  if (!move.worker.empty()) {
    LAYER_TRY(check_worker(move.worker));
  }
  LAYER_TRY(body.text("reason", move.reason));
  LAYER_TRY(body.flag("create_missing", move.create_missing));
  LAYER_TRY(body.end());
  return move;
}

Result<RowsAsk> parse_rows(std::string_view text) {
  LAYER_ASSIGN(Body body, Body::parse(text));
  RowsAsk ask;
  LAYER_TRY(body.text("worker_id", ask.worker));
  if (!ask.worker.empty()) {
    LAYER_TRY(check_worker(ask.worker));
  }
  if (const auto lease = body.take("lease")) {
    LAYER_ASSIGN(ask.epoch, read_lease("lease", *lease));
  }
  auto cut = json::cut_members(
      text, [](std::string_view name) { return name == "worker_id" || name == "lease"; });
  ask.write = cut ? std::move(*cut) : std::string(text);
  return ask;
}

std::string print_lease(std::uint64_t epoch) {
  return fmt::to_string(epoch);
}

}  // namespace layer::features::pipelines
