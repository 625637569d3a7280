#include <algorithm>
#include <utility>

#include "features/freshness/row_bounds.h"
#include "features/hybrid/echo.h"
#include "features/hybrid/fuse.h"
#include "features/hybrid/leg_plan.h"
#include "features/hybrid/surface.h"
#include "features/legs/answer_totals.h"
#include "features/namespaces/slices.h"

namespace layer::features::hybrid {
namespace {

std::vector<std::string> labels_of(const std::vector<legs::Leg>& legs) {
  std::vector<std::string> labels;
  for (const legs::Leg& leg : legs) {
    labels.push_back(leg.label);
  }
  return labels;
}

// The field has no index for misspellings, as the store says.
bool refuses_fuzzy(const pages::StoreReply& refusal) {
  return freshness::refuses_query(refusal.status) &&
         lower(refusal.body).find("fuzzy") != std::string::npos;
}

bool lists(const std::string& list, const std::string& field) {
  return std::ranges::any_of(namespaces::items_of(list), [&](const namespaces::Slice& item) {
    return namespaces::string_of(item.of(list)) == field;
  });
}

// Whether rows come with the field because the caller wants it.
bool shows(const HybridAsk& ask) {
  const std::string& field = ask.expression.field;
  if (!ask.exclude_attributes.empty()) {
    return !lists(ask.exclude_attributes, field);
  }
  return ask.include_attributes == "true" || lists(ask.include_attributes, field);
}

class Search {
 public:
  Search(legs::LegReader& reader, legs::ReadPlace place, HybridAsk ask, legs::ReadRows rows,
         async::CpuPool& pool, async::TimePoint deadline)
      : reader_(reader),
        place_(std::move(place)),
        ask_(std::move(ask)),
        rows_(std::move(rows)),
        pool_(pool),
        deadline_(deadline) {}

  async::Task<Result<HybridOutcome>> run() {
    if (ask_.offset + ask_.top_k > kFusedRowsMax) {
      co_return std::unexpected(
          Error{.code = ErrorCode::kInvalidCursor,
                .message = "a fused list ends after 10,000 rows: ask for less, or more narrowly",
                .fields = {{.name = "reason", .value = "depth"}}});
    }
    LAYER_CO_ASSIGN(plan_, plan_legs(ask_));
    place_.threads = ask_.expression.options.threads.value_or(place_.threads);
    echo_.fuzzy_unsupported = !ask_.fuzzy_supported && !plan_.fuzzy.empty();
    LAYER_CO_ASSIGN(legs::LegsOutcome outcome, co_await read_all_legs());
    if (auto* const refusal = std::get_if<pages::StoreReply>(&outcome)) {
      co_return std::move(*refusal);
    }
    auto read = std::get<legs::LegsAnswer>(std::move(outcome));
    labels_ = labels_of(plan_.legs);
    const bool nothing =
        std::ranges::all_of(read.legs, [](const legs::LegRows& list) { return list.rows.empty(); });
    if (nothing && ask_.semantic.empty() && !plan_.fuzzy.empty() && !echo_.fuzzy_unsupported) {
      auto surfaced = co_await surface();
      if (surfaced && std::holds_alternative<legs::LegsAnswer>(*surfaced)) {
        read = std::get<legs::LegsAnswer>(std::move(*surfaced));
      } else if (ask_.expression.options.partial) {
        give_up(labels_, 0);
        echo_.surfaced = Surfaced::kNo;
      } else {
        LAYER_CO_TRY(surfaced);
        co_return std::get<pages::StoreReply>(std::move(*surfaced));
      }
    }
    co_return co_await page(std::move(read));
  }

 private:
  async::Task<Result<legs::LegsOutcome>> read(std::vector<legs::Leg> legs) {
    auto outcome = co_await reader_.read(place_, std::move(legs), rows_, deadline_);
    if (!outcome) {
      co_return std::unexpected(std::move(outcome).error());
    }
    if (const auto* const answer = std::get_if<legs::LegsAnswer>(&*outcome)) {
      totals_.add(answer->billing, answer->performance);
      calls_ += answer->upstream_calls;
      rows_.cut = answer->cut;
    }
    co_return outcome;
  }

  // Rule HT9: without the optional ones where the store has no index for them, or where the caller
  // takes what there is.
  async::Task<Result<legs::LegsOutcome>> read_all_legs() {
    auto outcome = co_await read(plan_.legs);
    if (plan_.legs.size() == plan_.mandatory) {
      co_return outcome;
    }
    const auto* const refusal = outcome ? std::get_if<pages::StoreReply>(&*outcome) : nullptr;
    const bool unsupported = refusal != nullptr && refuses_fuzzy(*refusal);
    const bool failed = !outcome || refusal != nullptr;
    if (!unsupported && !(failed && ask_.expression.options.partial)) {
      co_return outcome;
    }
    if (unsupported) {
      echo_.fuzzy_unsupported = true;
    } else {
      give_up(labels_of(plan_.legs), plan_.mandatory);
    }
    plan_.legs.resize(plan_.mandatory);
    co_return co_await read(plan_.legs);
  }

  // Rows of these lists, from `first` on, are missing in the answer.
  void give_up(const std::vector<std::string>& labels, std::size_t first) {
    echo_.legs_failed.assign(labels.begin() + static_cast<std::ptrdiff_t>(first), labels.end());
  }

  async::Task<Result<legs::LegsOutcome>> surface() {
    echo_.surfaced = Surfaced::kRanked;
    LAYER_CO_ASSIGN(auto outcome, co_await read(surfacing_legs(true)));
    if (const auto* const refusal = std::get_if<pages::StoreReply>(&outcome);
        refusal != nullptr && freshness::refuses_query(refusal->status)) {
      echo_.surfaced = Surfaced::kApproximate;
      LAYER_CO_ASSIGN(outcome, co_await read(surfacing_legs(false)));
    }
    auto* const answer = std::get_if<legs::LegsAnswer>(&outcome);
    if (answer == nullptr) {
      co_return outcome;
    }
    LAYER_CO_TRY(co_await pool_.run([&]() -> Result<void> {
      for (std::size_t i = 0; i < answer->legs.size(); ++i) {
        order_by_likeness(answer->legs[i], plan_.fuzzy[i], ask_.expression.field);
      }
      return {};
    }));
    if (!shows(ask_)) {
      hidden_ = ask_.expression.field;
    }
    co_return outcome;
  }

  std::vector<legs::Leg> surfacing_legs(bool ranked) {
    std::vector<legs::Leg> legs;
    for (const std::string& word : plan_.fuzzy) {
      legs.push_back(surfacing_leg(ask_, word, plan_.window, ranked));
    }
    labels_ = labels_of(legs);
    return legs;
  }

  async::Task<Result<HybridOutcome>> page(legs::LegsAnswer read) {
    HybridAnswer answer;
    answer.window = plan_.window;
    answer.tokens = plan_.words.words.size();
    const bool full = std::ranges::all_of(read.legs, &legs::LegRows::filled);
    echo_.legs = read.legs.size();
    echo_.threads = read.threads;
    LAYER_CO_TRY(co_await pool_.run([&]() -> Result<void> {
      auto fused = fuse(std::move(read.legs), ask_.expression.options.rank_constant);
      const std::size_t end = std::min(fused.size(), ask_.offset + ask_.top_k);
      answer.more = end < fused.size();
      for (std::size_t i = std::min(ask_.offset, end); i < end; ++i) {
        answer.rows.push_back(
            print_row(std::move(fused[i]), ask_.leg_breakdown ? labels_ : kNoLabels, hidden_));
      }
      return {};
    }));
    answer.window_exhausted = !answer.more && full;
    answer.echo = print_echo(ask_.expression.options, plan_, echo_);
    answer.fuzzy_unsupported = echo_.fuzzy_unsupported;
    answer.legs_failed = !echo_.legs_failed.empty();
    answer.billing = totals_.billing();
    answer.performance = totals_.performance();
    answer.cut = rows_.cut;
    answer.upstream_calls = calls_;
    co_return answer;
  }

  static inline const std::vector<std::string> kNoLabels{};

  legs::LegReader& reader_;
  legs::ReadPlace place_;
  HybridAsk ask_;
  legs::ReadRows rows_;
  async::CpuPool& pool_;
  const async::TimePoint deadline_;

  LegPlan plan_{};
  Echo echo_{};
  std::vector<std::string> labels_{};  // of the lists that are fused
  std::string hidden_{};
  legs::AnswerTotals totals_{};
  std::uint32_t calls_ = 0;
};

}  // namespace

Result<std::vector<legs::Leg>> plan_hybrid(const HybridAsk& ask) {
  LAYER_ASSIGN(LegPlan plan, plan_legs(ask));
  return std::move(plan.legs);
}

std::vector<legs::Leg> plan_surfacing(const HybridAsk& ask) {
  std::vector<legs::Leg> legs;
  const auto plan = plan_legs(ask);
  if (plan && ask.semantic.empty() && ask.fuzzy_supported) {
    for (const std::string& word : plan->fuzzy) {
      legs.push_back(surfacing_leg(ask, word, plan->window, false));
    }
  }
  return legs;
}

async::Task<Result<HybridOutcome>> search_hybrid(legs::LegReader& reader, legs::ReadPlace place,
                                                 HybridAsk ask, legs::ReadRows rows,
                                                 async::CpuPool& pool, async::TimePoint deadline) {
  Search search(reader, std::move(place), std::move(ask), std::move(rows), pool, deadline);
  co_return co_await search.run();
}

}  // namespace layer::features::hybrid
