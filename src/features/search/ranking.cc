#include "features/search/ranking.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.h"
#include "features/legs/rank_order.h"
#include "features/namespaces/slices.h"
#include "features/search/projection.h"
#include "features/search/seeds.h"
#include "features/search/vectors.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

using json::Token;

// [attribute, operation, operand]
struct Operands {
  std::string attribute{};
  std::string operation{};
  std::string operand{};  // JSON
  bool of_vector() const { return operation == "ANN" || operation == "kNN"; }
};

Operands operands_of(std::string_view rank_by) {
  const auto items = namespaces::items_of(rank_by);
  if (items.size() < 3 || items[0].token != Token::kString || items[1].token != Token::kString) {
    return {};
  }
  return {.attribute = namespaces::string_of(items[0].of(rank_by)),
          .operation = namespaces::string_of(items[1].of(rank_by)),
          .operand = std::string(items[2].of(rank_by))};
}

struct EmbedText {
  std::string text{};
  std::string model{};
  std::string field{};  // of Auto; empty: the one that is ranked by
};
// nullopt: not an Embed expression, or one that is for the store to refuse.
std::optional<EmbedText> embed_of(std::string_view operand) {
  const auto items = namespaces::items_of(operand);
  if (items.size() < 2 || items.size() > 3 ||
      namespaces::string_of(items[0].of(operand)) != "Embed" || items[1].token != Token::kString) {
    return std::nullopt;
  }
  EmbedText out{.text = namespaces::string_of(items[1].of(operand))};
  if (items.size() == 3) {
    const std::string_view options = items[2].of(operand);
    out.model = namespaces::string_of(namespaces::raw_member(options, "model"));
    out.field = namespaces::string_of(namespaces::raw_member(options, "field"));
  }
  return out;
}

RankKind kind_of(std::string_view rank_by) {
  switch (legs::rank_order_of(rank_by).kind) {
    case legs::RankOrder::Kind::kDistance:
      return RankKind::kVector;
    case legs::RankOrder::Kind::kScore:
      return RankKind::kText;
    case legs::RankOrder::Kind::kAttributes:
      return RankKind::kOrdered;
  }
  return RankKind::kOrdered;
}

}  // namespace

async::Task<Result<RankingOutcome>> Rankings::resolve(const LayerQuery& query) {
  if (!query.vector.empty()) {
    LAYER_CO_ASSIGN(auto ranking, co_await by_numbers(query, query.vector, "vector"));
    co_return ranking;
  }
  if (!query.nearest_to_id.empty()) {
    co_return co_await by_seeds(query);
  }
  const Operands operands = operands_of(query.rank_by);
  if (operands.of_vector() && is_served(query.rank_by, place_.read.ns, parts_.embedder)) {
    auto asked = *embed_of(operands.operand);
    LAYER_CO_ASSIGN(auto ranking, co_await by_text({.ns = place_.read.ns,
                                                    .field = operands.attribute,
                                                    .text = std::move(asked.text),
                                                    .model = std::move(asked.model)},
                                                   operands.operation));
    co_return ranking;
  }
  Ranking ranking{.rank_by = query.rank_by, .kind = kind_of(query.rank_by)};
  if (operands.of_vector()) {
    ranking.attribute = operands.attribute;
    if (const auto dims = vector_dims(operands.operand, "rank_by")) {
      ranking.dims = *dims;
    }
  }
  co_return ranking;
}

async::Task<Result<Ranking>> Rankings::of_meaning(const LayerQuery& query, std::string field,
                                                  std::string operand) {
  auto asked = embed_of(operand);
  if (!asked) {
    co_return co_await by_numbers(query, operand, "rank_by.vector");
  }
  if (!asked->field.empty()) {
    field = std::move(asked->field);
  }
  if (parts_.embedder.serves(place_.read.ns, field, asked->model)) {
    co_return co_await by_text({.ns = place_.read.ns,
                                .field = std::move(field),
                                .text = std::move(asked->text),
                                .model = std::move(asked->model)},
                               "ANN");
  }
  std::string expression = R"(["Embed",)" + core::json_string(asked->text);
  if (!asked->model.empty()) {
    expression += R"(,{"model":)" + core::json_string(asked->model) + "}";
  }
  co_return Ranking{.rank_by = rank_by_vector(field, "ANN", expression + "]"),
                    .kind = RankKind::kVector,
                    .attribute = field};
}

async::Task<Result<Ranking>> Rankings::by_numbers(const LayerQuery& query,
                                                  const std::string& vector,
                                                  std::string_view member) {
  LAYER_CO_ASSIGN(const std::size_t dims, vector_dims(vector, member));
  const auto schema = query.vector_attribute.empty()
                          ? co_await parts_.schemas.load(place_.read.origin, deadline_)
                          : nullptr;
  LAYER_CO_ASSIGN(std::string attribute, vector_attribute(query, schema));
  co_return Ranking{.rank_by = rank_by_vector(attribute, "ANN", vector),
                    .kind = RankKind::kVector,
                    .attribute = attribute,
                    .dims = dims};
}

async::Task<Result<RankingOutcome>> Rankings::by_seeds(const LayerQuery& query) {
  const auto schema = co_await parts_.schemas.load(place_.read.origin, deadline_);
  LAYER_CO_ASSIGN(std::string attribute, vector_attribute(query, schema));
  const auto type = place_.read.id_type ? place_.read.id_type
                    : schema != nullptr ? schema->id_type
                                        : std::nullopt;
  LAYER_CO_ASSIGN(auto ids, read_seed_ids(query.nearest_to_id, type));
  const std::string seeds = print_ids(ids);
  LAYER_CO_ASSIGN(auto mean,
                  co_await mean_vector(place_.read.origin, attribute, std::move(ids), deadline_));
  if (auto* const refusal = std::get_if<pages::StoreReply>(&mean)) {
    co_return std::move(*refusal);
  }
  const auto& values = std::get<std::vector<float>>(mean);
  co_return Ranking{
      .rank_by = rank_by_vector(attribute, "ANN", print_vector(values)),
      .kind = RankKind::kVector,
      .attribute = attribute,
      .dims = values.size(),
      .filter = query.exclude_seeds ? R"(["id","NotIn",)" + seeds + "]" : std::string()};
}

async::Task<Result<Ranking>> Rankings::by_text(embed::QueryText text, std::string operation) {
  LAYER_CO_ASSIGN(const auto vector, co_await parts_.embedder.embed(std::move(text), deadline_));
  co_return Ranking{
      .rank_by = rank_by_vector(vector.attribute, operation, print_vector(vector.values)),
      .kind = RankKind::kVector,
      .attribute = vector.attribute,
      .dims = vector.values.size(),
      .stale_profile = vector.stale_profile};
}

bool is_served(std::string_view rank_by, std::string_view ns, embed::Embedder& embedder) {
  const Operands operands = operands_of(rank_by);
  const auto asked = embed_of(operands.operand);
  return asked && operands.of_vector() && embedder.serves(ns, operands.attribute, asked->model);
}

}  // namespace layer::features::search
