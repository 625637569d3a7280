#include "features/federated/federated_query.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "async/deadline.h"
#include "async/fan_out.h"
#include "features/federated/fault.h"
#include "features/federated/filter_check.h"
#include "features/legs/answer_totals.h"
#include "json/wrong_member.h"

namespace layer::features::federated {

// What became of one namespace.
struct FederatedQuery::Slot {
  std::optional<search::SearchAnswer> answer{};
  std::optional<pages::StoreReply> refusal{};
  std::optional<Error> error{};
  std::string mismatch{};  // of the filter
  SchemaPtr schema{};
};

struct FederatedQuery::Work {
  FederatedRun run;
  async::TimePoint deadline;
  std::vector<Slot> slots;
  bool needs_schema = false;  // to compare distances
  bool aborted = false;       // nobody waits for further namespaces
  std::size_t held_bytes = 0;
};

namespace {

constexpr std::string_view kMismatch = "filter schema mismatch";

bool have_equal_profiles(const std::vector<FederatedPlace>& places) {
  return std::ranges::all_of(places, [&](const FederatedPlace& place) {
    return place.profile && place.profile == places.front().profile;
  });
}

std::size_t bytes_of(const std::vector<legs::LegRow>& rows) {
  std::size_t bytes = 0;
  for (const legs::LegRow& row : rows) {
    bytes += row.text.size() + sizeof(row);
  }
  return bytes;
}

Error mismatch_error(std::string_view ns, std::string_view detail) {
  return json::wrong_member("filters", fmt::format("{} of {}: {}", kMismatch, ns, detail)).error();
}

}  // namespace

async::Task<Result<FederatedOutcome>> FederatedQuery::run(FederatedRun run,
                                                          async::TimePoint deadline) {
  Work work{.run = std::move(run), .deadline = deadline, .slots = {}};
  work.slots.resize(work.run.places.size());
  work.needs_schema = !work.run.places.empty() && have_equal_profiles(work.run.places);
  const auto ask_number = [&](std::size_t number) { return ask(work, number); };
  co_await async::fan_out(work.slots.size(), parts_.threads, ask_number);

  FederatedAnswer answer;
  legs::AnswerTotals totals;
  std::vector<MergeInput> inputs;
  for (std::size_t i = 0; i < work.slots.size(); ++i) {
    Slot& slot = work.slots[i];
    FederatedPlace& place = work.run.places[i];
    if (slot.error && (work.run.strict || concerns_all(*slot.error))) {
      co_return std::unexpected(std::move(*slot.error));
    }
    if (work.run.strict && slot.refusal) {
      co_return std::move(*slot.refusal);
    }
    if (work.run.strict && !slot.mismatch.empty()) {
      co_return std::unexpected(mismatch_error(place.name, slot.mismatch));
    }
    if (slot.error) {
      answer.errors.push_back(fault_of(place.name, *slot.error));
    } else if (slot.refusal) {
      answer.errors.push_back(fault_of(place.name, *slot.refusal));
    } else if (!slot.mismatch.empty()) {
      answer.errors.push_back({.ns = place.name,
                               .code = "filter_schema_mismatch",
                               .error = std::string(kMismatch),
                               .detail = slot.mismatch});
    } else if (slot.answer) {
      search::SearchAnswer& found = *slot.answer;
      inputs.push_back({.ns = place.name,
                        .answer = &found,
                        .profile = place.profile ? &*place.profile : nullptr,
                        .schema = slot.schema.get()});
      totals.add(found.billing, found.performance);
      take_facts(found, place, answer);
    }
  }
  if (inputs.empty() && !answer.errors.empty()) {
    co_return std::unexpected(all_failed(answer.errors));
  }
  answer.partial |= !answer.errors.empty();
  answer.merge = choose_merge(inputs);
  if (work.run.strict && !answer.merge.downgraded_reason.empty()) {
    co_return std::unexpected(downgraded(answer.merge.downgraded_reason));
  }
  for (const MergedRow& row : merge_rows(inputs, answer.merge.method, work.run.top_k)) {
    const MergeInput& from = inputs[row.input];
    answer.rows.push_back(with_origin(from.answer->rows[row.rank - 1].text, from.ns, row.rank));
  }
  answer.billing = totals.billing();
  answer.performance = totals.performance();
  co_return answer;
}

async::Task<> FederatedQuery::ask(Work& work, std::size_t number) {
  Slot& slot = work.slots[number];
  FederatedPlace& place = work.run.places[number];
  if (work.aborted) {
    co_return;
  }
  if (place.error) {
    slot.error = std::move(place.error);
    work.aborted |= work.run.strict;
    co_return;
  }
  if (async::SteadyClock::now() >= work.deadline) {
    slot.error = out_of_time();
    work.aborted |= work.run.strict;
    co_return;
  }
  auto outcome = co_await async::with_deadline(work.deadline, ask_one(work, slot, place));
  if (!outcome) {
    const bool late = outcome.error().code == ErrorCode::kTimeout;
    slot.error = late ? out_of_time() : std::move(outcome.error());
    work.aborted |= work.run.strict || concerns_all(*slot.error);
    co_return;
  }
  if (!slot.mismatch.empty()) {
    work.aborted |= work.run.strict;
    co_return;
  }
  if (auto* const refusal = std::get_if<pages::StoreReply>(&*outcome)) {
    slot.refusal = std::move(*refusal);
    work.aborted |= work.run.strict;
    co_return;
  }
  auto& answer = std::get<search::SearchAnswer>(*outcome);
  work.held_bytes += bytes_of(answer.rows);
  if (work.held_bytes > kHeldBytesMax) {
    slot.error = fail(ErrorCode::kPayloadTooLarge,
                      "the rows of all namespaces are more than a federated query holds; ask for "
                      "fewer attributes or a smaller fusion.per_namespace_limit")
                     .error();
    work.held_bytes -= bytes_of(answer.rows);
    work.aborted |= work.run.strict;
    co_return;
  }
  slot.answer = std::move(answer);
}

// With a mismatch in the slot there is no outcome.
async::Task<Result<search::SearchOutcome>> FederatedQuery::ask_one(Work& work, Slot& slot,
                                                                   FederatedPlace& place) {
  if (work.run.filter != nullptr || work.needs_schema) {
    LAYER_CO_TRY(co_await check_filter(work, slot, place));
    if (!slot.mismatch.empty()) {
      co_return search::SearchAnswer{};
    }
  }
  co_return co_await parts_.search.search(
      std::move(place.place), {.body = std::move(place.query), .cut = place.cut, .paging = false},
      work.deadline);
}

async::Task<Result<void>> FederatedQuery::check_filter(Work& work, Slot& slot,
                                                       const FederatedPlace& place) {
  const documents::Origin origin = place.place.read.origin;
  LAYER_CO_ASSIGN(auto read, co_await parts_.schemas.read(origin, false, work.deadline));
  if (work.run.filter == nullptr) {
    slot.schema = std::move(read.schema);
    co_return Result<void>{};
  }
  auto mismatch = filter_mismatch(*work.run.filter, *read.schema);
  if (mismatch && read.remembered) {
    // A write since then may have brought the attribute.
    LAYER_CO_ASSIGN(read, co_await parts_.schemas.read(origin, true, work.deadline));
    mismatch = filter_mismatch(*work.run.filter, *read.schema);
  }
  slot.mismatch = std::move(mismatch).value_or("");
  slot.schema = std::move(read.schema);
  co_return Result<void>{};
}

}  // namespace layer::features::federated
