#include "features/snapshots/origin_counter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "features/namespaces/slices.h"
#include "features/namespaces/upstream.h"
#include "features/snapshots/group_answer.h"
#include "features/snapshots/page_counter.h"
#include "wire/reserved_names.h"

namespace layer::features::snapshots {
namespace {

constexpr std::chrono::seconds kCallTimeMax{60};
constexpr std::size_t kTogetherMax = 4;  // aggregations cost 4 of the 16 permits of a namespace
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{32} << 20;
constexpr std::size_t kValueOverhead = 48;  // of a value in memory, beside its text
// How long a store that asks to wait is waited for.
constexpr std::chrono::minutes kPatience{10};

std::unexpected<Error> unusable() {
  return fail(ErrorCode::kUpstream, "the store's answer to several queries is not one");
}

bool is_vector(namespaces::ColumnKind kind) {
  return kind != namespaces::ColumnKind::kScalar && kind != namespaces::ColumnKind::kArray;
}

}  // namespace

async::Task<Result<OriginCounter::Known>> OriginCounter::read_metadata() {
  LAYER_CO_ASSIGN(store::Answer answer,
                  co_await namespaces::read_from(
                      *origin_.store, namespaces::metadata_target(origin_.physical),
                      origin_.authorization, async::SteadyClock::now() + kCallTimeMax));
  if (answer.status != 200) {
    co_return std::unexpected(
        pages::refusal_of({.status = answer.status, .body = std::move(answer.body)}));
  }
  LAYER_CO_ASSIGN(auto metadata, namespaces::parse_metadata(answer.body));
  const std::string_view schema = namespaces::raw_member(answer.body, "schema");
  co_return Known{.metadata = std::move(metadata),
                  .stamped = !namespaces::raw_member(schema, wire::kStampAttribute).empty()};
}

async::Task<Result<std::optional<pages::StoreReply>>> OriginCounter::ask(std::string queries) {
  if (stopping_()) {
    co_return fail(ErrorCode::kCancelled, "the job is to stop");
  }
  LAYER_CO_ASSIGN(
      pages::StoreReply reply,
      co_await pages::query_store(
          origin_, fmt::format(R"({{"queries":[{}],"consistency":{{"level":"strong"}}}})", queries),
          async::SteadyClock::now() + kPatience, {.bytes_max = kAnswerBytesMax}));
  if (reply.too_large) {
    co_return std::nullopt;
  }
  if (reply.status == 404 || reply.status == 429 || reply.status >= 500) {
    co_return std::unexpected(pages::refusal_of(reply));
  }
  co_return std::move(reply);
}

async::Task<Result<std::uint64_t>> OriginCounter::count_rows(std::string filter) {
  LAYER_CO_ASSIGN(const auto answer, co_await ask(count_query(filter)));
  if (!answer) {
    co_return unusable();
  }
  if (answer->status != 200) {
    co_return std::unexpected(pages::refusal_of(*answer));
  }
  const std::string_view results = namespaces::raw_member(answer->body, "results");
  const auto items = namespaces::items_of(results);
  co_return items.empty() ? unusable() : read_count(items.front().of(results));
}

async::Task<Result<Body>> OriginCounter::count(const namespaces::StoreMetadata& metadata,
                                               std::vector<std::string> fields,
                                               std::string filter) {
  Body body;
  std::vector<Field> countable;
  for (std::string& field : fields) {
    const auto column = std::ranges::find(metadata.columns, field, &namespaces::Column::name);
    if (field == "id" || (column != metadata.columns.end() && is_vector(column->kind))) {
      body.skipped.push_back({.name = std::move(field)});
    } else if (column == metadata.columns.end()) {  // no row has it
      body.fields.push_back({.name = std::move(field)});
    } else {
      countable.push_back(
          {.name = std::move(field), .array = column->kind == namespaces::ColumnKind::kArray});
    }
  }
  for (std::size_t begin = 0; begin < countable.size() || begin == 0;) {
    // The first query counts the rows as well.
    const std::size_t room = begin == 0 ? kTogetherMax - 1 : kTogetherMax;
    const std::size_t end = std::min(countable.size(), begin + room);
    LAYER_CO_TRY(co_await count_some({countable.begin() + static_cast<std::ptrdiff_t>(begin),
                                      countable.begin() + static_cast<std::ptrdiff_t>(end)},
                                     filter, body));
    begin = std::max<std::size_t>(end, 1);
  }
  if (!row_by_row_.empty()) {
    LAYER_CO_ASSIGN(Body rest, co_await count_pages(origin_, pool_,
                                                    {.fields = std::exchange(row_by_row_, {}),
                                                     .filter = filter,
                                                     .page_size = page_size_,
                                                     .bytes_max = kRunBytesMax - bytes_,
                                                     .stopping = stopping_}));
    std::ranges::move(rest.fields, std::back_inserter(body.fields));
    std::ranges::move(rest.skipped, std::back_inserter(body.skipped));
  }
  co_return body;
}

// Together where that works, else one by one: one field that the store refuses must not cost the
// others.
async::Task<Result<void>> OriginCounter::count_some(std::vector<Field> fields,
                                                    const std::string& filter, Body& body) {
  LAYER_CO_ASSIGN(const Outcome outcome, co_await count_together(fields, filter, body));
  if (outcome == Outcome::kDone) {
    co_return Result<void>{};
  }
  if (!body.row_count) {
    LAYER_CO_ASSIGN(body.row_count, co_await count_rows(filter));
  }
  for (const Field& field : fields) {
    LAYER_CO_ASSIGN(const Outcome alone, co_await count_together({field}, filter, body));
    if (alone == Outcome::kRefused) {
      body.skipped.push_back({.name = field.name});
    } else if (alone == Outcome::kTooLarge) {
      body.skipped.push_back(
          {.name = field.name, .reason = SkippedField::Reason::kExceededCap, .lower_bound = true});
    }
  }
  co_return Result<void>{};
}

async::Task<Result<OriginCounter::Outcome>> OriginCounter::count_together(std::vector<Field> fields,
                                                                          std::string filter,
                                                                          Body& body) {
  const bool rows = !body.row_count;
  std::string queries = rows ? count_query(filter) : "";
  for (const Field& field : fields) {
    queries += queries.empty() ? "" : ",";
    queries += group_query(field.name, field.array, filter);
  }
  LAYER_CO_ASSIGN(const auto answer, co_await ask(std::move(queries)));
  if (!answer) {
    co_return Outcome::kTooLarge;
  }
  if (answer->status != 200) {
    co_return Outcome::kRefused;
  }
  LAYER_CO_ASSIGN(auto kept,
                  co_await pool_.run([&] { return keep(answer->body, fields, rows, body); }));
  LAYER_CO_TRY(std::move(kept));
  co_return Outcome::kDone;
}

Result<void> OriginCounter::keep(std::string_view answer, const std::vector<Field>& fields,
                                 bool rows, Body& body) {
  const std::string_view results = namespaces::raw_member(answer, "results");
  const auto items = namespaces::items_of(results);
  if (items.size() != fields.size() + (rows ? 1 : 0)) {
    return unusable();
  }
  std::size_t next = 0;
  if (rows) {
    LAYER_ASSIGN(body.row_count, read_count(items[next++].of(results)));
  }
  for (const Field& field : fields) {
    LAYER_ASSIGN(Groups groups, read_groups(items[next++].of(results), field.name, field.array));
    std::size_t bytes = 0;
    for (const ValueCount& value : groups.counts.values) {
      bytes += value.v.size() + kValueOverhead;
    }
    if (groups.full) {
      row_by_row_.push_back(field.name);
      continue;
    }
    if (bytes_ + bytes > kRunBytesMax) {
      body.skipped.push_back({.name = field.name,
                              .reason = SkippedField::Reason::kExceededCap,
                              .distinct_observed = groups.counts.values.size()});
      continue;
    }
    bytes_ += bytes;
    body.fields.push_back(std::move(groups.counts));
  }
  return {};
}

}  // namespace layer::features::snapshots
