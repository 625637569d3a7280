#include "features/search/seeds.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "features/documents/ids.h"
#include "json/document.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

using Vectors = std::unordered_map<std::string, std::vector<float>>;  // by the id's text

std::string text_of_id(const json::Value& id) {
  std::string_view text;
  std::uint64_t number = 0;
  if (id.get(text) == simdjson::SUCCESS) {
    return std::string(text);
  }
  return id.get(number) == simdjson::SUCCESS ? std::to_string(number) : std::string();
}

Result<Vectors> read_vectors(const std::string& answer, const std::string& attribute) {
  LAYER_ASSIGN(const auto document, json::Document::parse(answer));
  json::Array rows;
  if (document.root()["rows"].get(rows) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUpstream, "the store's answer has no rows");
  }
  Vectors vectors;
  for (const json::Value row : rows) {
    json::Value id;
    json::Array values;
    if (row["id"].get(id) != simdjson::SUCCESS || row[attribute].get(values) != simdjson::SUCCESS) {
      continue;
    }
    auto& vector = vectors[text_of_id(id)];
    for (const json::Value value : values) {
      double number = 0;
      if (value.get(number) != simdjson::SUCCESS) {
        return json::wrong_member("vector_attribute",
                                  fmt::format("{} holds no dense vectors", attribute));
      }
      vector.push_back(static_cast<float>(number));
    }
  }
  return vectors;
}

Error missing(const std::vector<wire::Id>& ids) {
  return {.code = ErrorCode::kNotFound,
          .message = "nearest_to_id: some of the ids have no row, or no vector in it",
          .fields = {{.name = "missing", .value = print_ids(ids), .json = true}}};
}

Result<std::vector<float>> mean_of(const Vectors& vectors, const std::vector<wire::Id>& ids) {
  std::vector<double> sums;
  std::vector<wire::Id> absent;
  for (const wire::Id& id : ids) {
    const auto found = vectors.find(wire::to_string(id));
    if (found == vectors.end() || found->second.empty()) {
      absent.push_back(id);
      continue;
    }
    const auto& vector = found->second;
    if (sums.empty()) {
      sums.resize(vector.size());
    }
    if (sums.size() != vector.size()) {
      return json::wrong_member("nearest_to_id", "the rows' vectors are not of the same size");
    }
    for (std::size_t i = 0; i < vector.size(); ++i) {
      sums[i] += static_cast<double>(vector[i]);
    }
  }
  if (!absent.empty()) {
    return std::unexpected(missing(absent));
  }
  std::vector<float> mean;
  for (const double sum : sums) {
    mean.push_back(static_cast<float>(sum / static_cast<double>(ids.size())));
  }
  return mean;
}

}  // namespace

Result<std::vector<wire::Id>> read_seed_ids(std::string_view list,
                                            std::optional<wire::IdType> type) {
  LAYER_ASSIGN(const auto document, json::Document::parse(std::string(list)));
  json::Array items;
  if (document.root().get(items) != simdjson::SUCCESS || items.size() < 1 ||
      items.size() > kSeedsMax) {
    return json::wrong_member("nearest_to_id", fmt::format("expected 1 to {} ids", kSeedsMax));
  }
  std::vector<wire::Id> ids;
  for (const json::Value item : items) {
    const auto own = type.value_or(item.is_string() ? wire::IdType::kString : wire::IdType::kUint);
    LAYER_ASSIGN(wire::Id id,
                 documents::read_id(item, own, fmt::format("nearest_to_id[{}]", ids.size())));
    if (std::ranges::find(ids, id) == ids.end()) {
      ids.push_back(std::move(id));
    }
  }
  return ids;
}

std::string print_ids(const std::vector<wire::Id>& ids) {
  std::string out = "[";
  for (const wire::Id& id : ids) {
    out += out.size() > 1 ? "," : "";
    documents::append_json(out, id);
  }
  return out + "]";
}

async::Task<Result<SeedsOutcome>> mean_vector(documents::Origin origin, std::string attribute,
                                              std::vector<wire::Id> ids,
                                              async::TimePoint deadline) {
  std::string body = fmt::format(
      R"({{"rank_by":["id","asc"],"filters":["id","In",{}],"top_k":{},"include_attributes":[{}],)"
      R"("consistency":{{"level":"strong"}}}})",
      print_ids(ids), ids.size(), core::json_string(attribute));
  LAYER_CO_ASSIGN(auto reply,
                  co_await pages::query_store(origin, std::move(body), deadline, {.waits = false}));
  if (!reply.ok()) {
    co_return SeedsOutcome(std::move(reply));
  }
  LAYER_CO_ASSIGN(const auto vectors, read_vectors(reply.body, attribute));
  LAYER_CO_ASSIGN(auto mean, mean_of(vectors, ids));
  co_return SeedsOutcome(std::move(mean));
}

}  // namespace layer::features::search
