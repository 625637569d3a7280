// history_bench: search history in process, on a directory: what recording costs a request, how
// many records a second reach the disk and the object store, what they take there, how fast they
// are read. Prints one JSON object a line, with "case", "unit" and "value"; bench/run joins them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "async/loops.h"
#include "async/run.h"
#include "features/history/history.h"
#include "features/history/intake.h"
#include "features/history/record.h"
#include "objects/directory_store.h"

namespace {

using namespace layer;
using namespace layer::features::history;
using async::SteadyClock;

constexpr std::int64_t kBegin = 1'700'000'000LL * 1'000'000'000;
constexpr std::int64_t kApartNs = 500'000;  // 2,000 queries a second
// What is recorded between two waits for the queue, so that nothing is dropped.
constexpr std::size_t kBurst = Intake::kRecordsMax / 4;

double seconds_since(SteadyClock::time_point begun) {
  return std::chrono::duration<double>(SteadyClock::now() - begun).count();
}

void print(std::string_view name, std::string_view unit, double value) {
  fmt::print("{{\"case\":\"{}\",\"unit\":\"{}\",\"value\":{}}}\n", name, unit, value);
}

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "history_bench: {}\n", error.message);
  std::exit(1);
}

template <class T>
T taken(Result<T> result) {
  if (!result) {
    give_up(result.error());
  }
  return std::move(*result);
}

// Queries as a shop's search box sends them: words of a long tail, a filter, ten ids.
class Queries {
 public:
  QueryEntry next() {
    const std::int64_t at = kBegin + static_cast<std::int64_t>(count_++) * kApartNs;
    QueryEntry entry{.timestamp_ns = at, .ns = "products", .trace_id = hex(32)};
    const std::string words = text();
    entry.who = {.raw_query = words,
                 .query_id = entry.trace_id,
                 .client_id = fmt::format("client-{}", random_() % 5000),
                 .session_id = hex(16),
                 .application = "shop",
                 .key_id = "storefront",
                 .tags = {"page:search", "locale:en"}};
    entry.query = fmt::format(
        R"({{"kind":"BM25","field":"title","text":"{}","expression":["title","BM25","{}"],"top_k":20,)"
        R"("filters":["And",[["brand","In",["b{}","b{}"]],["price","Lt",{}]]],"include_attributes":["title","price"]}})",
        words, words, random_() % 200, random_() % 200, random_() % 500);
    for (int i = 0; i < 10; ++i) {
      entry.top_ids.push_back(std::to_string(random_() % 1'000'000));
    }
    entry.result_count = 20;
    entry.duration_ms = static_cast<double>(random_() % 20'000) / 1000;
    entry.level = "strong";
    entry.served_by = "upstream";
    entry.bytes_queried = random_() % 100'000'000;
    entry.bytes_returned = random_() % 20'000;
    return entry;
  }

 private:
  std::string hex(std::size_t digits) {
    std::string out;
    while (out.size() < digits) {
      out += fmt::format("{:016x}", random_());
    }
    out.resize(digits);
    return out;
  }
  std::string text() {
    std::string out;
    for (std::size_t i = 0, words = 1 + random_() % 4; i < words; ++i) {
      // Squared, so that few words are frequent.
      const std::uint64_t word = (random_() % 100) * (random_() % 100);
      out += fmt::format("{}word{}", i == 0 ? "" : " ", word);
    }
    return out;
  }

  std::mt19937_64 random_{7};
  std::size_t count_ = 0;
};

struct Kept {
  std::size_t objects = 0;
  std::uint64_t bytes = 0;
};

Kept kept_in(const std::filesystem::path& dir) {
  Kept out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file() && entry.path().string().contains("ndjson.zst")) {
      ++out.objects;
      out.bytes += entry.file_size();
    }
  }
  return out;
}

void measure(const std::filesystem::path& dir, std::size_t count) {
  core::SystemClock clock;
  core::Logger log({.level = core::LogLevel::kWarn});
  core::Metrics metrics;
  async::Loops loops(1, "bench");
  async::CpuPool pool({.name = "pool", .threads = 1});
  async::CpuPool disk({.name = "disk", .threads = 4});
  const auto store = taken(objects::DirectoryStore::open(dir / "objects", disk));
  const auto files = engine::storage::posix_file_system();
  SettingsCache settings([](std::string_view) { return nullptr; }, clock);
  const auto history = taken(History::open({.objects = *store,
                                            .files = *files,
                                            .clock = clock,
                                            .log = log,
                                            .metrics = metrics,
                                            .loop = loops.at(0),
                                            .pool = pool,
                                            .settings = settings,
                                            .gateway = "bench"},
                                           {.dir = dir / "spool"}));
  history->start();
  Queries queries;
  std::uint64_t lines = 0;
  double told_s = 0;
  double whole_s = 0;
  for (std::size_t done = 0; done < count; done += kBurst) {
    std::vector<QueryEntry> burst;
    for (std::size_t i = 0; i < kBurst; ++i) {
      burst.push_back(queries.next());
      lines += print_line(burst.back(), Settings{}).size() + 1;
    }
    const auto begun = SteadyClock::now();
    for (QueryEntry& entry : burst) {
      history->record(std::move(entry));
    }
    told_s += seconds_since(begun);
    // A page reads behind everything that was told.
    taken(async::run_blocking(loops.at(0), [&] {
      return history->newest("nothing", RecordKind::query, {}, std::nullopt, 1);
    }));
    whole_s += seconds_since(begun);
  }
  const auto begun = SteadyClock::now();
  if (const auto flushed = async::run_blocking(loops.at(0), [&] { return history->flush(); });
      !flushed) {
    give_up(flushed.error());
  }
  whole_s += seconds_since(begun);
  const auto recorded = static_cast<double>((count + kBurst - 1) / kBurst * kBurst);
  const Kept kept = kept_in(dir / "objects");
  print("told by a request", "ns", told_s * 1e9 / recorded);
  print("recorded and uploaded", "records/s", recorded / whole_s);
  print("a line of JSON", "bytes", static_cast<double>(lines) / recorded);
  print("kept", "bytes/query", static_cast<double>(kept.bytes) / recorded);
  print("kept", "objects/million", static_cast<double>(kept.objects) * 1e6 / recorded);

  const auto paged = SteadyClock::now();
  taken(async::run_blocking(loops.at(0), [&] {
    return history->newest("products", RecordKind::query, {}, std::nullopt, 100);
  }));
  print("newest 100", "ms", seconds_since(paged) * 1e3);
  const auto scanned = SteadyClock::now();
  const auto end = taken(async::run_blocking(loops.at(0), [&] {
    return history->scan("products", {}, {}, [](const Stored&) { return true; });
  }));
  print("scan", "records/s", static_cast<double>(end.records) / seconds_since(scanned));
  history->stop();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("search history in process");
  std::string directory;
  std::size_t count = 1'000'000;
  app.add_option("--directory", directory, "an empty one")->required();
  app.add_option("--records", count, "how many queries");
  CLI11_PARSE(app, argc, argv);
  measure(directory, count);
  return 0;
}
