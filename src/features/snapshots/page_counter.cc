#include "features/snapshots/page_counter.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "features/namespaces/slices.h"
#include "features/pages/row_pages.h"
#include "features/snapshots/group_answer.h"

namespace layer::features::snapshots {
namespace {

constexpr std::size_t kValueOverhead = 96;  // of a value in the table, beside its text
constexpr std::chrono::minutes kPageTimeMax{10};

struct Tally {
  std::string name;
  std::unordered_map<std::string, std::uint64_t> counts{};
  std::optional<ValueType> type{};
  bool array = false;
  bool over = false;  // more values than are kept
  std::size_t seen = 0;
};

class Tallies {
 public:
  Tallies(const std::vector<std::string>& fields, std::size_t bytes_max) : bytes_max_(bytes_max) {
    for (const std::string& field : fields) {
      tallies_.push_back({.name = field});
    }
  }

  void add(std::string_view row) {
    for (Tally& tally : tallies_) {
      if (!tally.over) {
        add(tally, namespaces::raw_member(row, tally.name));
      }
    }
  }
  bool all_over() const { return std::ranges::all_of(tallies_, &Tally::over); }

  void finish(Body& body) && {
    for (Tally& tally : tallies_) {
      if (tally.over) {
        body.skipped.push_back({.name = tally.name,
                                .reason = SkippedField::Reason::kExceededCap,
                                .distinct_observed = tally.seen,
                                .lower_bound = true});
        continue;
      }
      FieldCounts field{.name = tally.name, .type = tally.type, .array = tally.array};
      for (auto& [v, n] : tally.counts) {
        field.values.push_back({.v = v, .n = n});
      }
      body.fields.push_back(std::move(field));
    }
  }

 private:
  void add(Tally& tally, std::string_view value) {
    if (!value.starts_with('[')) {
      if (auto scalar = read_scalar(value)) {
        count(tally, std::move(*scalar));
      }
      return;
    }
    tally.array = true;
    std::set<std::string> seen;  // a row counts once for each distinct element
    for (const auto& item : namespaces::items_of(value)) {
      auto scalar = read_scalar(item.of(value));
      if (scalar && seen.insert(scalar->text).second) {
        count(tally, std::move(*scalar));
      }
    }
  }

  void count(Tally& tally, Scalar scalar) {
    if (tally.over) {
      return;
    }
    const std::size_t bytes = scalar.text.size() + kValueOverhead;
    const auto [at, is_new] = tally.counts.try_emplace(std::move(scalar.text), 0);
    ++at->second;
    tally.type = scalar.type;
    if (!is_new) {
      return;
    }
    bytes_ += bytes;
    if (tally.counts.size() > kValuesPerFieldMax || bytes_ > bytes_max_) {
      tally.over = true;
      tally.seen = tally.counts.size();
      for (const auto& [v, n] : tally.counts) {
        bytes_ -= v.size() + kValueOverhead;
      }
      tally.counts = {};
    }
  }

  std::vector<Tally> tallies_;
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
};

}  // namespace

async::Task<Result<Body>> count_pages(documents::Origin origin, async::CpuPool& pool,
                                      PagesAsked asked) {
  Tallies tallies(asked.fields, asked.bytes_max);
  pages::RowPages rows(std::move(origin), nullptr,
                       {.filter = asked.filter,
                        .page_size = std::min(asked.page_size, pages::kPageRowsMax),
                        .columns = pages::PageQuery::Columns::kSome,
                        .names = asked.fields},
                       pool);
  std::optional<wire::Id> after;
  do {
    if (asked.stopping()) {
      co_return fail(ErrorCode::kCancelled, "the job is to stop");
    }
    LAYER_CO_ASSIGN(const auto page,
                    co_await rows.read(after, async::SteadyClock::now() + kPageTimeMax));
    LAYER_CO_TRY(co_await pool.run([&] {
      for (const documents::AnswerRow& row : page.rows) {
        tallies.add(*row.attributes);
      }
    }));
    after = page.next_after;
  } while (after && !tallies.all_over());
  Body body;
  LAYER_CO_TRY(co_await pool.run([&] { std::move(tallies).finish(body); }));
  co_return body;
}

}  // namespace layer::features::snapshots
