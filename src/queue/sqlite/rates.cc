#include "queue/sqlite/rates.h"

#include <string>

#include <fmt/format.h>

namespace layer::queue::sqlite {
namespace {

constexpr std::int64_t kMinuteMs = std::chrono::milliseconds(kRateBucket).count();
constexpr std::int64_t kKeptMs = std::chrono::milliseconds(kRatesKeptFor).count();

struct Sql {
  std::string count;
  std::string read;
  std::string forget;
};

Sql make(std::string_view table, std::string_view owner) {
  return {
      .count = fmt::format("INSERT INTO {} ({}, minute, completed, failed) VALUES (?1, ?2, ?3, ?4) "
                           "ON CONFLICT DO UPDATE SET completed = completed + excluded.completed, "
                           "failed = failed + excluded.failed",
                           table, owner),
      .read = fmt::format("SELECT minute, completed, failed FROM {} "
                          "WHERE {} = ?1 AND minute > ?2 ORDER BY minute",
                          table, owner),
      .forget = fmt::format("DELETE FROM {} WHERE minute <= ?1", table)};
}

const Sql& sql_of(RatesOf what) {
  static const Sql kFunctions = make("function_counters", "function");
  static const Sql kPipelines = make("pipeline_counters", "pipeline");
  return what == RatesOf::kFunctions ? kFunctions : kPipelines;
}

}  // namespace

Result<void> count_finished(Database& database, RatesOf what, std::string_view id,
                            std::uint64_t completed, std::uint64_t failed, std::int64_t now) {
  if (completed + failed > 0) {
    LAYER_TRY(database.run(sql_of(what).count,
                           {id, now / kMinuteMs * kMinuteMs, static_cast<std::int64_t>(completed),
                            static_cast<std::int64_t>(failed)}));
  }
  return {};
}

Result<std::vector<RateBucket>> read_rates(Database& database, RatesOf what, std::string_view id,
                                           std::int64_t now) {
  LAYER_ASSIGN(auto rows, database.query(sql_of(what).read, {id, now - kKeptMs}));
  std::vector<RateBucket> all;
  while (true) {
    LAYER_ASSIGN(const bool more, rows.next());
    if (!more) {
      return all;
    }
    all.push_back({.minute_ms = rows.integer(0),
                   .completed = static_cast<std::uint64_t>(rows.integer(1)),
                   .failed = static_cast<std::uint64_t>(rows.integer(2))});
  }
}

Result<void> forget_rates(Database& database, RatesOf what, std::int64_t now) {
  LAYER_TRY(database.run(sql_of(what).forget, {now - kKeptMs}));
  return {};
}

}  // namespace layer::queue::sqlite
