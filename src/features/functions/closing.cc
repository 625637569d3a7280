#include "features/functions/closing.h"

#include <algorithm>
#include <utility>

#include "features/documents/ids.h"
#include "features/namespaces/slices.h"
#include "features/namespaces/upstream.h"
#include "features/pages/store_query.h"
#include "wire/reserved_names.h"

namespace layer::features::functions {
namespace {

using queue::Disposition;
using queue::Refusal;
using queue::Rejection;

constexpr int kOk = 200;
constexpr Refusal kInputsChanged{.reason = Rejection::kInputsChanged,
                                 .disposition = Disposition::kReclaim};
constexpr Refusal kAbsent{.reason = Rejection::kSourceAbsent, .disposition = Disposition::kDiscard};

void add_ids(std::vector<wire::Id>& ids, std::string_view array, wire::IdType type) {
  for (const auto& item : namespaces::items_of(array)) {
    const std::string_view json = item.of(array);
    const std::string text =
        json.starts_with('"') ? namespaces::string_of(json) : std::string(json);
    if (auto id = documents::read_id(text, type)) {
      ids.push_back(std::move(*id));
    }
  }
}

// The store, or the gateway before it, read the write and did not like what it says.
bool is_of_the_rows(const Error& error) {
  return error.code == ErrorCode::kValidation || error.code == ErrorCode::kInvalidArgument ||
         error.code == ErrorCode::kPayloadTooLarge;
}

// Takes at most `count` from the end.
std::vector<OpenItem> take(std::vector<OpenItem>& from, std::size_t count) {
  const std::size_t taken = std::min(count, from.size());
  const auto begin = from.end() - static_cast<std::ptrdiff_t>(taken);
  std::vector<OpenItem> some(std::make_move_iterator(begin), std::make_move_iterator(from.end()));
  from.erase(begin, from.end());
  return some;
}

}  // namespace

Names basis_names(const FunctionSpec& spec, const Markers& markers) {
  Names names = spec.inputs;
  names.push_back(markers.version);
  names.push_back(markers.hash);
  names.push_back(markers.stale_after);
  names.emplace_back(wire::kStampAttribute);
  return names;
}

Closing::Closing(const FunctionWork::Parts& parts, const RegisteredFunction& function,
                 const std::string& worker, const std::vector<Completion>& items)
    : parts_(parts),
      function_(function),
      worker_(worker),
      items_(items),
      marks_{.markers = markers_of(function.id),
             .version = function.spec.version,
             .now_ms = parts.clock.wall_ms()},
      outcomes_(items.size(), Refusal{}) {
  for (const std::string& other : function.spec.invalidates) {
    marks_.invalidated.push_back(markers_of(other).stale_after);
  }
}

void Closing::release(std::size_t place, Refusal refusal) {
  outcomes_[place] = refusal;
  released_.push_back(items_[place].lease);
}

async::Task<Result<void>> Closing::write(const std::string& ns, std::vector<OpenItem> open,
                                         async::TimePoint deadline) {
  LAYER_CO_ASSIGN(auto origin, co_await parts_.resolve(ns));
  LAYER_CO_ASSIGN(auto schema, co_await read_schema(origin, deadline));
  const Place place{
      .ns = ns, .origin = std::move(origin), .schema = std::move(schema), .deadline = deadline};
  LAYER_CO_TRY(co_await refuse_vectors(place, open));
  while (!open.empty()) {
    std::vector<OpenItem> some = take(open, kWriteItemsMax);
    LAYER_CO_TRY(co_await write_some(place, some));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> Closing::refuse_vectors(const Place& place, std::vector<OpenItem>& open) {
  std::vector<OpenItem> left;
  for (OpenItem& item : open) {
    const auto vectors = namespaces::members_of(items_[item.place].vectors);
    const auto unknown = std::ranges::find_if(
        vectors, [&](const auto& vector) { return !place.schema.has(vector.name); });
    if (unknown == vectors.end()) {
      left.push_back(std::move(item));
      continue;
    }
    LAYER_CO_TRY(co_await fail_for_good(item, "the namespace has no vectors '" + unknown->name +
                                                  "'; declare them with a first write"));
  }
  open = std::move(left);
  co_return Result<void>{};
}

async::Task<Result<void>> Closing::fail_for_good(const OpenItem& item, std::string why) {
  refuse(item.place, {});
  LAYER_CO_TRY(co_await parts_.queue.fail(
      function_.id, worker_,
      {{.lease = lease(item), .kind = queue::FailureKind::kPermanent, .message = std::move(why)}}));
  co_return Result<void>{};
}

// What the store refuses for one row's sake must not cost the others theirs.
async::Task<Result<void>> Closing::write_apart(const Place& place, std::vector<OpenItem> open,
                                               Error why) {
  if (open.size() == 1) {
    co_return co_await fail_for_good(open.front(), std::move(why.message));
  }
  std::vector<OpenItem> half = take(open, open.size() / 2);
  LAYER_CO_TRY(co_await write_some(place, half));
  co_return co_await write_some(place, open);
}

async::Task<Result<void>> Closing::write_some(const Place& place, std::vector<OpenItem>& open) {
  for (int tries = 0; tries < kWriteTriesMax && !open.empty(); ++tries) {
    auto sent = co_await send(place, open);
    if (!sent && is_of_the_rows(sent.error())) {
      co_return co_await write_apart(place, std::move(open), std::move(sent.error()));
    }
    LAYER_CO_ASSIGN(auto written, std::move(sent));
    std::ranges::sort(written);
    std::vector<OpenItem> done;
    std::vector<OpenItem> left;
    for (OpenItem& item : open) {
      const bool applied = std::ranges::binary_search(written, item.id);
      (applied ? done : left).push_back(std::move(item));
    }
    open = std::move(left);
    LAYER_CO_TRY(co_await close(done));
    if (!open.empty()) {
      LAYER_CO_TRY(co_await look_again(place, open));
    }
  }
  for (const OpenItem& item : open) {
    release(item.place, kInputsChanged);
  }
  co_return Result<void>{};
}

// The ids of the rows that took their results.
async::Task<Result<std::vector<wire::Id>>> Closing::send(const Place& place,
                                                         const std::vector<OpenItem>& open) {
  std::vector<wire::Id> whole;
  for (const OpenItem& item : open) {
    if (!items_[item.place].vectors.empty()) {
      whole.push_back(item.id);
    }
  }
  LAYER_CO_ASSIGN(const auto rows, co_await read_rows(place.origin, place.schema, whole,
                                                      std::nullopt, place.deadline, parts_.pool));
  std::vector<ResultRow> patches;
  std::vector<ResultRow> upserts;
  std::size_t at = 0;
  for (const OpenItem& item : open) {
    const Completion& result = items_[item.place];
    ResultRow row{.id = &item.id, .attributes = result.attributes, .basis = item.basis};
    if (result.vectors.empty()) {
      patches.push_back(std::move(row));
    } else if (const cache::Bytes& current = rows[at++]) {  // one that is gone is told afterwards
      row.vectors = result.vectors;
      row.row = *current;
      upserts.push_back(std::move(row));
    }
  }
  std::vector<wire::Id> written;
  if (patches.empty() && upserts.empty()) {
    co_return written;
  }
  LAYER_CO_ASSIGN(
      store::Answer answer,
      co_await parts_.write(place.ns, print_write(marks_, patches, upserts), place.deadline));
  LAYER_CO_TRY(co_await namespaces::collect(answer, namespaces::kUpstreamBodyBytesMax));
  if (answer.status != kOk) {
    co_return std::unexpected(pages::refusal_of({.status = answer.status,
                                                 .headers = std::move(answer.headers),
                                                 .body = std::move(answer.body)}));
  }
  const wire::IdType type = place.schema.shape->id_type();
  add_ids(written, namespaces::raw_member(answer.body, "patched_ids"), type);
  add_ids(written, namespaces::raw_member(answer.body, "upserted_ids"), type);
  co_return written;
}

async::Task<Result<void>> Closing::close(const std::vector<OpenItem>& done) {
  std::vector<queue::ItemLease> leases;
  for (const OpenItem& item : done) {
    leases.push_back(lease(item));
  }
  LAYER_CO_ASSIGN(const auto closed,
                  co_await parts_.queue.complete(function_.id, worker_, std::move(leases)));
  for (std::size_t i = 0; i < done.size(); ++i) {
    outcomes_[done[i].place] = closed[i];
  }
  co_return Result<void>{};
}

// Leaves those whose inputs are what they were, with the stamp that their rows have now.
async::Task<Result<void>> Closing::look_again(const Place& place, std::vector<OpenItem>& open) {
  std::vector<wire::Id> ids;
  for (const OpenItem& item : open) {
    ids.push_back(item.id);
  }
  // A first write may have made attributes that the schema did not have.
  LAYER_CO_ASSIGN(const Schema schema, co_await read_schema(place.origin, place.deadline));
  LAYER_CO_ASSIGN(const auto rows, co_await read_rows(place.origin, schema, std::move(ids),
                                                      basis_names(function_.spec, marks_.markers),
                                                      place.deadline, parts_.pool));
  std::vector<OpenItem> same;
  std::vector<queue::ItemLease> absent;
  for (std::size_t i = 0; i < open.size(); ++i) {
    OpenItem& item = open[i];
    if (rows[i] == nullptr) {
      absent.push_back(lease(item));
      refuse(item.place, kAbsent);
      continue;
    }
    Basis now = basis_of(function_.spec, *rows[i]);
    if (now.hash != item.basis.hash) {
      release(item.place, kInputsChanged);
      continue;
    }
    item.basis = std::move(now);
    same.push_back(std::move(item));
  }
  open = std::move(same);
  LAYER_CO_TRY(co_await parts_.queue.dismiss(function_.id, worker_, std::move(absent)));
  co_return Result<void>{};
}

async::Task<Result<queue::Outcomes>> Closing::finish() {
  if (!released_.empty()) {
    LAYER_CO_TRY(co_await parts_.queue.release(function_.id, worker_, std::move(released_)));
  }
  co_return std::move(outcomes_);
}

}  // namespace layer::features::functions
