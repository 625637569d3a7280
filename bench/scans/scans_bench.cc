// scans_bench: what scans, counts, values and exports ask of the engine, in process and without a
// socket: request text in, answer text out. bench/run scans joins its JSON lines with the peers'.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/support.h"
#include "scans/rows.h"

namespace layer::bench {
namespace {

constexpr std::uint64_t kRowsPerWrite = 20'000;
constexpr std::uint64_t kPageRows = 10'000;
constexpr std::uint64_t kExportPageRows = 1'000;
constexpr std::chrono::seconds kIndexing{600};
constexpr int kRounds = 5;

struct Options {
  std::filesystem::path directory;
  std::uint64_t rows = 1'000'000;
  bool prepare = false;
  std::uint64_t overwrite = 20'000;  // rows written again after the others were indexed
};

std::string ask(engine::Engine& engine, std::string body) {
  return post(engine, "/v2/namespaces/scans/query", std::move(body));
}

void report(std::string_view name, std::string_view unit, double value) {
  fmt::print("{{\"case\":{},\"unit\":{},\"value\":{:.3f}}}\n", json_string(name), json_string(unit),
             value);
}

// Rows, then some of them again: a namespace as it looks in use has tombstones and recent writes.
void prepare(engine::Engine& engine, const Options& options) {
  for (std::uint64_t begin = 0; begin < options.rows; begin += kRowsPerWrite) {
    post(engine, "/v2/namespaces/scans",
         write_body(begin, std::min(begin + kRowsPerWrite, options.rows)));
  }
  wait_until_indexed(engine, "scans", kIndexing);
  const std::uint64_t again = std::min(options.overwrite, options.rows);
  for (std::uint64_t begin = 0; begin < again; begin += 1000) {
    // Spread over the id order: pieces of 1,000 with equal gaps.
    const std::uint64_t at = begin * (options.rows / again);
    post(engine, "/v2/namespaces/scans", write_body(at, std::min(at + 1000, options.rows)));
  }
}

// The id that ends a page: a page begins after it.
std::uint64_t last_id(const std::string& page) {
  const std::size_t at = page.rfind("{\"id\":");
  return at == std::string::npos ? 0 : std::stoull(page.substr(at + 6, 20));
}

struct Paged {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
};

Paged page_through(engine::Engine& engine, std::uint64_t page_rows, std::string_view rest) {
  Paged paged;
  std::string filter;
  const double begun = thread_seconds();
  while (true) {
    const std::string page = ask(engine, fmt::format(R"({{"rank_by":["id","asc"],"limit":{}{}{}}})",
                                                     page_rows, filter, rest));
    std::uint64_t rows = 0;
    for (std::size_t at = page.find("{\"id\":"); at != std::string::npos;
         at = page.find("{\"id\":", at + 1)) {
      ++rows;
    }
    paged.rows += rows;
    paged.bytes += page.size();
    if (rows < page_rows) {
      break;
    }
    filter = fmt::format(R"(,"filters":["id","Gt",{}])", last_id(page));
  }
  paged.seconds = thread_seconds() - begun;
  return paged;
}

// Best of some rounds, in milliseconds of this thread: what it costs, whatever else runs.
double best_ms(const std::function<void()>& run) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const double begun = thread_seconds();
    run();
    best = std::min(best, (thread_seconds() - begun) * 1e3);
  }
  return best;
}

void expect(bool holds, std::string_view what) {
  if (!holds) {
    give_up(what);
  }
}

void measure_ids(engine::Engine& engine, const Options& options) {
  Paged best;
  for (int round = 0; round < 3; ++round) {
    const Paged paged = page_through(engine, kPageRows, "");
    expect(paged.rows == options.rows, "the pages of ids do not hold every row once");
    if (round == 0 || paged.seconds < best.seconds) {
      best = paged;
    }
  }
  report("ids in process", "ids/s", static_cast<double>(best.rows) / best.seconds);
}

void measure_counts(engine::Engine& engine, const Options& options) {
  const std::uint64_t bound = kNumbers / 100;
  std::uint64_t expected = 0;
  for (std::uint64_t id = 0; id < options.rows; ++id) {
    expected += number_of(id) < bound ? 1 : 0;
  }
  const std::string count = R"("aggregate_by":{"rows":["Count"]})";
  std::string answer;
  const auto timed = [&](std::string_view name, const std::string& body) {
    report(name, "ms", best_ms([&] { answer = ask(engine, body); }));
  };
  timed("count of a filter that 1 % pass",
        fmt::format(R"({{{},"filters":["number","Lt",{}]}})", count, bound));
  expect(answer.contains(fmt::format("{{\"rows\":{}}}", expected)), "a filtered count is wrong");
  timed("count of two filters, 0.1 % pass",
        fmt::format(R"({{{},"filters":["And",[["number","Lt",{}],["tags","Contains","tag-7"],)"
                    R"(["kind","NotEq","kind-007"]]]}})",
                    count, bound * 10));
  timed("count of a filter that half pass",
        fmt::format(R"({{{},"filters":["number","Lt",{}]}})", count, kNumbers / 2));
  timed("count of all rows", "{" + count + "}");
  expect(answer.contains(fmt::format("{{\"rows\":{}}}", options.rows)), "the count is wrong");
}

void measure_values(engine::Engine& engine) {
  const auto timed = [&](std::string_view name, std::string_view group, std::string_view rest) {
    const std::string body = fmt::format(
        R"({{"aggregate_by":{{"rows":["Count"]}},"group_by":[{}],"top_k":10000{}}})", group, rest);
    report(name, "ms", best_ms([&] { ask(engine, body); }));
  };
  timed("values of a field with 1,000", R"("kind")", "");
  timed("values of a field with 1,000, filter that half pass", R"("kind")",
        fmt::format(R"(,"filters":["number","Lt",{}])", kNumbers / 2));
  timed("values of an array field with 200", R"({"tag":["ForEachUnique","tags"]})", "");
  timed("values of two fields together", R"("kind",{"tag":["ForEachUnique","tags"]})",
        fmt::format(R"(,"filters":["number","Lt",{}])", kNumbers / 10));
}

void measure_export(engine::Engine& engine) {
  const std::uint64_t before = resident_bytes();
  const Paged paged = page_through(engine, kExportPageRows, R"(,"include_attributes":true)");
  report("export pages", "rows/s", static_cast<double>(paged.rows) / paged.seconds);
  report("export pages", "MB/s", static_cast<double>(paged.bytes) / paged.seconds / 1e6);
  const std::uint64_t after = resident_bytes();
  report("export pages, growth of resident memory", "MB",
         after > before ? static_cast<double>(after - before) / 1e6 : 0);
}

int run(const Options& options) {
  OpenEngine opened = open_engine(options.directory);
  if (options.prepare) {
    prepare(*opened.engine, options);
  } else {
    measure_ids(*opened.engine, options);
    measure_counts(*opened.engine, options);
    measure_values(*opened.engine);
    measure_export(*opened.engine);
  }
  opened.engine->stop();
  return 0;
}

}  // namespace
}  // namespace layer::bench

int main(int argc, char** argv) {
  layer::bench::Options options;
  CLI::App app{"Measures scans, counts, values and exports in process; prints JSON lines."};
  app.add_option("--directory", options.directory, "the engine's folder")->required();
  app.add_option("--rows", options.rows, "rows in it");
  app.add_flag("--prepare", options.prepare, "fill it instead of measuring");
  CLI11_PARSE(app, argc, argv);
  return layer::bench::run(options);
}
