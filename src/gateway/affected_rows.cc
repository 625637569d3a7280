#include "gateway/affected_rows.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "features/writes/affected_ids.h"
#include "features/writes/candidate_ids.h"
#include "gateway/held_answer.h"
#include "json/document.h"

namespace layer::gateway {
namespace {

namespace writes = features::writes;

constexpr std::array<std::string_view, 3> kIdMembers{"upserted_ids", "patched_ids", "deleted_ids"};

// What becomes of the row. The bytes that the store will give back are not known here: it may print
// values otherwise than they were written, and adds what the row had or lacks.
cache::RowChange change_of(const writes::TouchedRow& row) {
  if (row.conditional) {
    return cache::RowChange::kUnknown;
  }
  switch (row.kind) {
    case writes::WitnessKind::kUpsert:
      return cache::RowChange::kReplace;
    case writes::WitnessKind::kPatch:
      return cache::RowChange::kMerge;
    case writes::WitnessKind::kDelete:
      return cache::RowChange::kDelete;
  }
  return cache::RowChange::kUnknown;
}

bool add_ids(json::Array items, std::optional<wire::IdType> type, std::vector<wire::Id>& out) {
  for (const json::Value& item : items) {
    wire::Id written;
    if (item.is_uint64()) {
      written = item.get_uint64().value_unsafe();
    } else if (item.is_string()) {
      written = std::string(item.get_string().value_unsafe());
    } else {
      return false;
    }
    for (wire::Id& id : writes::candidate_ids(written, type)) {
      out.push_back(std::move(id));
    }
  }
  return true;
}

std::optional<std::vector<wire::Id>> read_ids(const std::string& body,
                                              std::optional<wire::IdType> type) {
  const auto document = json::Document::parse(body);
  json::Object members;
  if (!document || document->root().get_object().get(members) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::optional<std::vector<wire::Id>> out;
  for (const auto& member : members) {
    for (const std::string_view name : kIdMembers) {
      if (member.key != name) {
        continue;
      }
      json::Array items;
      if (!out) {
        out.emplace();
      }
      if (member.value.get_array().get(items) != simdjson::SUCCESS || !add_ids(items, type, *out)) {
        return std::nullopt;
      }
    }
  }
  return out;
}

}  // namespace

cache::FenceScope fence_scope(const writes::WritePlan& plan, std::optional<wire::IdType> type) {
  if (!plan.understood) {
    return {.opaque = true};
  }
  cache::FenceScope scope{.whole_namespace = plan.summary.has_filters() || plan.too_many_rows};
  scope.rows.reserve(plan.rows.size());
  for (const writes::TouchedRow& row : plan.rows) {
    for (wire::Id& id : writes::candidate_ids(row.id, type)) {
      scope.rows.push_back({.id = std::move(id), .change = change_of(row)});
    }
  }
  return scope;
}

async::Task<std::optional<std::vector<wire::Id>>> take_affected_ids(
    store::Answer& answer, std::optional<wire::IdType> type, bool cut) {
  if (is_encoded(answer.headers)) {
    co_return std::nullopt;
  }
  const auto held = co_await hold_answer(answer, affected_answer_bytes_max);
  if (!held || !*held) {
    co_return std::nullopt;
  }
  auto ids = read_ids(answer.body, type);
  if (cut) {
    if (auto without = writes::cut_affected_ids(answer.body)) {
      answer.body = std::move(*without);
    }
  }
  co_return ids;
}

}  // namespace layer::gateway
