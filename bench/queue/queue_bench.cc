// queue_bench: a queue database in process: jobs submitted, claimed and finished, as gateways do
// it, and items of functions added, claimed and completed, as workers do it. Prints one JSON object
// a line, with "case", "unit" and "value"; bench/run joins them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "core/clock.h"
#include "core/random.h"
#include "queue/items_case.h"
#include "queue/postgres/postgres_function_queue.h"
#include "queue/postgres/postgres_job_store.h"
#include "queue/sqlite/sqlite_function_queue.h"
#include "queue/sqlite/sqlite_job_store.h"

namespace {

using namespace layer;
using async::SteadyClock;

// As deep as a queue gets: beyond it submissions are refused.
constexpr std::size_t kRound = 960;
constexpr std::size_t kWaitingMax = 1000;
constexpr std::size_t kGateways = 8;
constexpr std::size_t kSlots = 16;
constexpr std::chrono::seconds kLease{30};
constexpr std::chrono::hours kKeep{24};

struct Times {
  double submit_s = 0;
  double work_s = 0;
  std::size_t jobs = 0;
};

double seconds_since(SteadyClock::time_point begun) {
  return std::chrono::duration<double>(SteadyClock::now() - begun).count();
}

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "queue_bench: {}\n", error.message);
  std::exit(1);
}

class Bench {
 public:
  Bench(queue::JobStore& store, async::Loop& loop, std::size_t callers)
      : store_(store), loop_(loop), callers_(callers) {}

  Times rounds(std::size_t count) {
    Times times;
    for (std::size_t i = 0; i < count; ++i) {
      left_ = kRound;
      auto begun = SteadyClock::now();
      together(callers_, &Bench::submit);
      times.submit_s += seconds_since(begun);
      finished_ = 0;
      begun = SteadyClock::now();
      together(kGateways, &Bench::work);
      times.work_s += seconds_since(begun);
      times.jobs += kRound;
    }
    return times;
  }

 private:
  void together(std::size_t tasks, async::Task<> (Bench::*task)(std::size_t)) {
    async::run_blocking(loop_, [&]() -> async::Task<> {
      async::TaskGroup group(loop_);
      for (std::size_t i = 0; i < tasks; ++i) {
        group.spawn((this->*task)(i));
      }
      co_await group.join();
    });
  }

  async::Task<> submit(std::size_t) {
    while (left_ > 0) {
      const std::size_t number = --left_;
      const auto done =
          co_await store_.submit({.id = core::time_ordered_uuid(clock_.wall_ms()),
                                  .kind = "warm",
                                  .ns = fmt::format("ns{}", number),
                                  .store = "default",
                                  .owner = fmt::format("owner{}", number),
                                  .params = R"({"page_size":1000,"rows_per_second":0})"},
                                 kWaitingMax);
      if (!done) {
        give_up(done.error());
      }
    }
  }

  async::Task<> finish(queue::Job job) {
    const auto done = co_await store_.finish({.id = job.spec.id, .epoch = job.lease.epoch},
                                             {.cursor = "end", .progress = 1}, {}, kKeep);
    if (!done || !*done) {
      give_up(done ? Error{.message = "a lease was lost"} : done.error());
    }
    ++finished_;
  }

  async::Task<> work(std::size_t gateway) {
    while (finished_ < kRound) {
      auto claimed = co_await store_.claim({.gateway = fmt::format("g{}", gateway),
                                            .kinds = {"warm"},
                                            .limits = {.per_gateway = kSlots},
                                            .lease_for = kLease,
                                            .keep_for = kKeep});
      if (!claimed) {
        give_up(claimed.error());
      }
      async::TaskGroup group(loop_);
      for (queue::Job& job : *claimed) {
        group.spawn(finish(std::move(job)));
      }
      co_await group.join();
    }
  }

  queue::JobStore& store_;
  async::Loop& loop_;
  const std::size_t callers_;
  core::SystemClock clock_;
  std::size_t left_ = 0;
  std::size_t finished_ = 0;
};

void report(std::string_view kind, queue::JobStore& store, async::Loop& loop, std::size_t rounds) {
  for (const std::size_t callers : {std::size_t{1}, std::size_t{64}}) {
    const Times times = Bench(store, loop, callers).rounds(callers == 1 ? 1 : rounds);
    const auto jobs = static_cast<double>(times.jobs);
    const auto print = [&](std::string_view what, double seconds) {
      fmt::print("{{\"kind\":\"{}\",\"case\":\"{}\",\"unit\":\"jobs/s\",\"value\":{:.1f}}}\n", kind,
                 what, jobs / seconds);
    };
    print(fmt::format("submitted, {} at a time", callers), times.submit_s);
    if (callers > 1) {
      print(fmt::format("claimed and finished by {} gateways of {} slots", kGateways, kSlots),
            times.work_s);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path directory;
  std::string url;
  std::size_t rounds = 10;
  bench::ItemsCase items;
  CLI::App app("a queue database in process");
  app.add_option("--directory", directory, "for the SQLite file")->required();
  app.add_option("--postgres", url, "URL of a server")->required();
  app.add_option("--rounds", rounds, "of 960 jobs");
  app.add_option("--items", items.items, "of a function");
  app.add_option("--batch", items.batch, "items that are claimed at once");
  app.add_option("--workers", items.workers, "that claim at the same time");
  CLI11_PARSE(app, argc, argv);

  const core::SystemClock clock;
  async::Loops loops(2);
  auto file = queue::SqliteJobStore::open(directory / "queue.db", clock);
  if (!file) {
    give_up(file.error());
  }
  report("SQLite", **file, loops.at(0), rounds);
  queue::SqliteFunctionQueue file_items((*file)->writer(), clock);
  bench::report_items("SQLite", file_items, loops.at(0), items);
  (*file)->stop();

  queue::postgres::DatabaseOptions options;
  options.connection.url = url;
  queue::postgres::Database database(loops.at(1), options);
  if (const auto opened = database.open(); !opened) {
    give_up(opened.error());
  }
  queue::PostgresJobStore server(database);
  report("PostgreSQL", server, loops.at(0), rounds);
  queue::PostgresFunctionQueue server_items(database);
  bench::report_items("PostgreSQL", server_items, loops.at(0), items);
  database.stop();
  return 0;
}
