#include "queue/postgres/claim_jobs.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "queue/job_columns.h"
#include "queue/job_rules.h"
#include "queue/postgres/job_statements.h"

namespace layer::queue::postgres {
namespace {

Claimable read_claimable(const Answer::Row& row) {
  return {.id = row.text(0),
          .kind = row.text(1),
          .ns = row.text(2),
          .owner = row.text(3),
          .attempts = static_cast<std::uint32_t>(row.integer(4))};
}

std::vector<Claimable> read_all(const Answer& answer) {
  std::vector<Claimable> all;
  for (int i = 0; i < answer.rows(); ++i) {
    all.push_back(read_claimable(answer.row(i)));
  }
  return all;
}

// Values of a column that occur as often as the limit allows: nothing more of them is wanted.
template <class Column>
std::vector<std::string> full(const std::vector<Claimable>& held, Column column,
                              std::size_t limit) {
  std::map<std::string_view, std::size_t> counts;
  for (const Claimable& each : held) {
    ++counts[column(each)];
  }
  std::vector<std::string> values;
  for (const auto& [value, count] : counts) {
    if (count >= limit) {
      values.emplace_back(value);
    }
  }
  return values;
}

// One claim, inside its transaction.
class Round {
 public:
  Round(Connection& connection, const Claim& claim, const Value& now)
      : connection_(connection), claim_(claim), now_(now) {}

  async::Task<Result<void>> begin() {
    std::vector<Statement> both;
    both.push_back({.sql = "BEGIN"});
    both.push_back({.sql = job_statements().held, .values = {now_, claim_.gateway}});
    LAYER_CO_ASSIGN(const auto answers, co_await connection_.run(std::move(both)));
    held_ = read_all(answers.at(1));
    co_return Result<void>{};
  }

  // False: nothing is left that could be taken.
  async::Task<Result<bool>> take_some() {
    if (held_.size() >= claim_.limits.per_gateway) {
      co_return false;
    }
    const std::size_t room = claim_.limits.per_gateway - held_.size();
    LAYER_CO_ASSIGN(const Answer answer, co_await connection_.run(candidates(room)));
    const std::vector<Claimable> open = read_all(answer);
    if (open.empty()) {
      co_return false;
    }
    const Answer::Row last = answer.row(answer.rows() - 1);
    after_ = {last.integer(5), last.text(0)};
    const ClaimPlan plan = plan_claim(claim_, open, held_);
    LAYER_CO_TRY(co_await carry_out(plan));
    for (const Claimable& each : open) {
      if (std::ranges::find(plan.take, each.id) != plan.take.end()) {
        held_.push_back(each);
      }
    }
    co_return open.size() == room;
  }

  std::vector<Job> taken() && {
    std::ranges::sort(taken_, {}, [](const Job& job) {
      return std::tuple<std::int64_t, std::string_view>(job.created_at_ms, job.spec.id);
    });
    return std::move(taken_);
  }

 private:
  Statement candidates(std::size_t room) const {
    const auto ns = [](const Claimable& job) -> std::string_view { return job.ns; };
    const auto owner = [](const Claimable& job) -> std::string_view { return job.owner; };
    return {.sql = job_statements().open,
            .values = {now_, Value::array(claim_.kinds), after_.created_at_ms, after_.id,
                       Value::array(full(held_, ns, claim_.limits.per_namespace)),
                       Value::array(full(held_, owner, claim_.limits.per_owner)), room}};
  }

  async::Task<Result<void>> carry_out(const ClaimPlan& plan) {
    if (!plan.give_up.empty()) {
      const JobEnd end = given_up();
      LAYER_CO_TRY(co_await connection_.run(
          Statement{.sql = job_statements().give_up,
                    .values = {now_, Value::array(plan.give_up), name(end.status), end.error_code,
                               end.error, claim_.keep_for.count()}}));
    }
    if (!plan.take.empty()) {
      LAYER_CO_ASSIGN(const Answer answer,
                      co_await connection_.run(
                          Statement{.sql = job_statements().take,
                                    .values = {now_, Value::array(plan.take), claim_.gateway,
                                               claim_.lease_for.count()}}));
      for (int i = 0; i < answer.rows(); ++i) {
        LAYER_CO_ASSIGN(Job job, read_job(answer.row(i)));
        taken_.push_back(std::move(job));
      }
    }
    co_return Result<void>{};
  }

  Connection& connection_;
  const Claim& claim_;
  const Value& now_;
  std::vector<Claimable> held_;
  JobKey after_{};
  std::vector<Job> taken_;
};

}  // namespace

// A failure on the way leaves the transaction open; the pool then drops the connection, and the
// server undoes what was done.
async::Task<Result<std::vector<Job>>> claim_jobs(Connection& connection, Claim claim, Value now) {
  Round round(connection, claim, now);
  LAYER_CO_TRY(co_await round.begin());
  while (true) {
    LAYER_CO_ASSIGN(const bool more, co_await round.take_some());
    if (!more) {
      break;
    }
  }
  LAYER_CO_TRY(co_await connection.run(Statement{.sql = "COMMIT"}));
  co_return std::move(round).taken();
}

}  // namespace layer::queue::postgres
