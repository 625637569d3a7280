#include "features/functions/function_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "features/documents/ids.h"
#include "features/namespaces/slices.h"
#include "features/namespaces/upstream.h"
#include "features/pages/row_pages.h"
#include "features/pages/store_query.h"

namespace layer::features::functions {
namespace {

constexpr int kOk = 200;

// Places of the ids of that kind, in the order of ids. The namespace has no others: those are of
// one that had its name before.
std::vector<std::size_t> sorted_places(const std::vector<wire::Id>& ids, wire::IdType type) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (wire::type_of(ids[i]) == type) {
      places.push_back(i);
    }
  }
  std::ranges::sort(places, {}, [&](std::size_t place) -> const wire::Id& { return ids[place]; });
  return places;
}

std::string id_filter(const std::vector<wire::Id>& ids, const std::vector<std::size_t>& places) {
  std::string filter = R"(["id","In",)";
  char separator = '[';
  for (const std::size_t place : places) {
    filter += separator;
    documents::append_json(filter, ids[place]);
    separator = ',';
  }
  return filter + "]]";
}

async::Task<Result<documents::Origin>> done(Result<documents::Origin> found) {
  co_return found;
}

}  // namespace

async::Task<Result<Schema>> read_schema(documents::Origin origin, async::TimePoint deadline) {
  LAYER_CO_ASSIGN(
      store::Answer answer,
      co_await namespaces::read_from(*origin.store, namespaces::metadata_target(origin.physical),
                                     origin.authorization, deadline));
  if (answer.status != kOk) {
    co_return std::unexpected(pages::refusal_of({.status = answer.status,
                                                 .headers = std::move(answer.headers),
                                                 .body = std::move(answer.body)}));
  }
  LAYER_CO_ASSIGN(const auto metadata, namespaces::parse_metadata(answer.body));
  LAYER_CO_ASSIGN(auto shape, documents::Shape::make(metadata));
  Schema schema{.shape = std::make_shared<const documents::Shape>(std::move(shape))};
  for (const auto& member : namespaces::members_of(namespaces::raw_member(answer.body, "schema"))) {
    schema.attributes.insert(member.name);
  }
  co_return schema;
}

async::Task<Result<std::vector<cache::Bytes>>> read_rows(documents::Origin origin, Schema schema,
                                                         std::vector<wire::Id> ids,
                                                         std::optional<Names> attributes,
                                                         async::TimePoint deadline,
                                                         async::CpuPool& pool) {
  std::vector<cache::Bytes> rows(ids.size());
  std::vector<std::size_t> order = sorted_places(ids, schema.shape->id_type());
  if (order.empty()) {
    co_return rows;
  }
  using Columns = pages::PageQuery::Columns;
  Columns columns = Columns::kAllAndVectors;
  if (attributes) {
    std::erase_if(*attributes, [&](const std::string& name) { return !schema.has(name); });
    columns = attributes->empty() ? Columns::kNone : Columns::kSome;
  }
  pages::RowPages reader(std::move(origin), schema.shape,
                         {.filter = id_filter(ids, order),
                          .level = documents::Level::kStrong,
                          .page_size = order.size() + 1,
                          .columns = columns,
                          .names = std::move(attributes).value_or(Names{})},
                         pool);
  std::optional<wire::Id> after;
  do {
    LAYER_CO_ASSIGN(pages::Page page, co_await reader.read(after, deadline));
    for (documents::AnswerRow& row : page.rows) {
      const auto at = std::ranges::lower_bound(
          order, row.id, {}, [&](std::size_t place) -> const wire::Id& { return ids[place]; });
      if (at != order.end() && ids[*at] == row.id) {
        rows[*at] = row.attributes;
      }
    }
    after = std::move(page.next_after);
  } while (after);
  co_return rows;
}

Resolve resolve_by(std::function<Result<documents::Origin>(const std::string& ns)> look_up) {
  return [look_up = std::move(look_up)](const std::string& ns) { return done(look_up(ns)); };
}

queue::ItemKey item_key(std::string ns, const wire::Id& id) {
  return {.ns = std::move(ns),
          .id_kind = static_cast<queue::IdKind>(wire::type_of(id)),
          .id = wire::to_string(id)};
}

Result<wire::Id> row_id(const queue::ItemKey& key) {
  return documents::read_id(key.id, static_cast<wire::IdType>(key.id_kind));
}

}  // namespace layer::features::functions
