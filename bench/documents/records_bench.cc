// records_bench: the record stores in process, without HTTP. Prints one JSON object a line, with
// "case", "unit" and "value"; bench/run joins them with what it measures over HTTP.
#include <fmt/format.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "cache/memory/memory_store.h"
#include "cache/rocksdb/rocksdb_store.h"

namespace {

using namespace layer;
using cache::Bin;
using cache::BinSet;

struct Options {
  std::filesystem::path directory;
  std::size_t records = 1'000'000;
  std::size_t record_bytes = 1024;
  std::size_t reads = 200'000;
};

constexpr std::size_t kBatch = 256;
constexpr std::size_t kHotSet = 10'000;
constexpr std::size_t kMiB = std::size_t{1} << 20;

void report(std::string_view name, std::string_view unit, double value) {
  fmt::print("{{\"case\":\"{}\",\"unit\":\"{}\",\"value\":{:.3f}}}\n", name, unit, value);
  std::fflush(stdout);
}

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "records_bench: {}\n", why);
  std::exit(1);
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double clock_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
// Of this thread, of all threads: what a busy machine does not blur.
double processor_seconds() {
  return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}
double process_seconds() {
  return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident) * 4096;
}

std::string key_of(std::size_t n) {
  return fmt::format("u{}", n * 2654435761U % 4294967296U);
}

// A row as a store gives it: words of a vocabulary of 20,000, the frequent ones more often, some
// numbers. It compresses as such rows do.
std::string row_of(std::size_t n, std::size_t bytes) {
  std::mt19937_64 random(n);
  std::string row = fmt::format(R"({{"id":{},"price":{:.2f},"stock":{},"text":")", n,
                                static_cast<double>(random() % 100'000) / 100, random() % 1000);
  row.reserve(bytes + 16);
  while (row.size() + 2 < bytes) {
    const double u = static_cast<double>(random() % 1'000'000) / 1'000'000;
    const auto word = static_cast<std::uint64_t>(20'000 * u * u * u);
    row += fmt::format("{:x} ", word * 0x9E3779B9U % 0xFFFFFFU);
  }
  row += "\"}";
  return row;
}

cache::Put put_of(std::size_t n, std::size_t bytes) {
  cache::Put put{.key = key_of(n)};
  put.bins[0] = std::make_shared<const std::string>(std::string(48, 'h'));
  put.bins[1] = std::make_shared<const std::string>(row_of(n, bytes));
  return put;
}

async::Task<> fill(cache::RecordStore& store, const Options& options, std::size_t first,
                   std::size_t step, double& made) {
  for (std::size_t at = first * kBatch; at < options.records; at += step * kBatch) {
    const double start = processor_seconds();
    std::vector<cache::Put> puts;
    for (std::size_t n = at; n < std::min(at + kBatch, options.records); ++n) {
      puts.push_back(put_of(n, options.record_bytes));
    }
    made += processor_seconds() - start;
    while (!puts.empty()) {
      const auto outcomes = co_await store.put("bench", puts);
      if (!outcomes) {
        give_up(outcomes.error().message);
      }
      std::vector<cache::Put> again;
      for (std::size_t i = 0; i < puts.size(); ++i) {
        if (outcomes->at(i).kind == cache::PutOutcome::Kind::kRefused) {
          again.push_back(std::move(puts[i]));
        }
      }
      puts = std::move(again);
    }
  }
}

// Records a second and processor time a record, without what making them took.
void measure_puts(async::Loops& loops, cache::RecordStore& store, const std::string& name,
                  const Options& options) {
  double made = 0;
  const double start = seconds();
  const double used = process_seconds();
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    async::TaskGroup group(loops.at(0));
    for (std::size_t i = 0; i < 4; ++i) {
      group.spawn(fill(store, options, i, 4, made));
    }
    co_await group.join();
  });
  const auto records = static_cast<double>(options.records);
  report(name + ": put rate", "records/s", records / (seconds() - start - made));
  report(name + ": processor time of a put", "us",
         (process_seconds() - used - made) / records * 1e6);
}

void report_times(const std::string& name, std::vector<double>& micros) {
  std::ranges::sort(micros);
  const auto at = [&](double share) {
    return micros[static_cast<std::size_t>(share * static_cast<double>(micros.size() - 1))];
  };
  report(name + " p50", "us", at(0.5));
  report(name + " p99", "us", at(0.99));
}

// One after another on a loop: what a request waits for.
void read_singly(async::Loops& loops, cache::RecordStore& store, const std::string& name,
                 std::size_t reads, std::size_t among) {
  std::vector<double> micros;
  micros.reserve(reads);
  const double start = seconds();
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    std::mt19937_64 random(7);
    const BinSet bins = BinSet{}.with(Bin::kHead).with(Bin::kBody);
    for (std::size_t i = 0; i < reads; ++i) {
      std::vector<std::string> keys{key_of(random() % among)};
      const double before = seconds();
      const auto records = co_await store.get("bench", std::move(keys), bins);
      micros.push_back((seconds() - before) * 1e6);
      if (!records || !records->at(0)) {
        give_up(name + ": a record is missing");
      }
    }
  });
  report(name + " rate", "gets/s", static_cast<double>(reads) / (seconds() - start));
  report_times(name, micros);
}

void read_in_batches(async::Loops& loops, cache::RecordStore& store, const std::string& name,
                     std::size_t reads, std::size_t among) {
  const double start = seconds();
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    std::mt19937_64 random(9);
    for (std::size_t i = 0; i < reads; i += 100) {
      std::vector<std::string> keys;
      while (keys.size() < 100) {
        keys.push_back(key_of(random() % among));
      }
      if (!co_await store.get("bench", std::move(keys), BinSet{}.with(Bin::kBody))) {
        give_up("a batch failed");
      }
    }
  });
  report(name, "records/s", static_cast<double>(reads) / (seconds() - start));
}

void measure_disk(const Options& options) {
  async::Loops loops(1);
  async::CpuPool pool({.name = "cache", .threads = 2});
  const core::SystemClock clock;
  core::Logger log({.level = core::LogLevel::kError});
  const cache::RocksDbOptions cold{.disk = {.directory = options.directory / "disk"},
                                   .hot_bytes_max = 0};
  const auto open = [&](const cache::RocksDbOptions& how) {
    auto store = cache::RocksDbStore::open(how, pool, clock, log);
    if (!store) {
      give_up(store.error().message);
    }
    return std::move(*store);
  };
  const auto close = [](cache::RocksDbStore& store) {
    if (const auto closed = store.close(); !closed) {
      give_up(closed.error().message);
    }
  };
  const auto documents = static_cast<double>(options.records);
  const double before = resident_bytes();
  {
    const auto store = open(cold);
    measure_puts(loops, *store, "disk", options);
    report("disk: puts refused for a while", "times", static_cast<double>(store->stats().stalls));
    report("disk: memory per document, after writing", "bytes",
           (resident_bytes() - before) / documents);
    const double start = seconds();
    close(*store);
    report("disk: close", "ms", (seconds() - start) * 1e3);
  }
  {
    const double start = seconds();
    const auto store = open(cold);
    report("disk: open again", "ms", (seconds() - start) * 1e3);
    report("disk: bytes per document on disk", "bytes",
           static_cast<double>(store->stats().disk_bytes) / documents);
    read_singly(loops, *store, "disk: get hit", options.reads, options.records);
    read_in_batches(loops, *store, "disk: get hits, 100 a call", options.reads, options.records);
    report("disk: memory per document, reading", "bytes", (resident_bytes() - before) / documents);
    close(*store);
  }
  cache::RocksDbOptions tiered = cold;
  tiered.hot_bytes_max = 256 * kMiB;
  const auto store = open(tiered);
  const std::size_t among = std::min(kHotSet, options.records);
  for (std::size_t n = 0; n < among; ++n) {
    async::run_blocking(loops.at(0), [&] { return store->get("bench", {key_of(n)}, {}); });
  }
  read_singly(loops, *store, "tier: get hit", options.reads, among);
  read_in_batches(loops, *store, "tier: get hits, 100 a call", options.reads, among);
  close(*store);
}

// What a hit on the loop itself would take, without the pool.
void measure_without_pool(const Options& options) {
  const core::SystemClock clock;
  core::Logger log({.level = core::LogLevel::kError});
  const auto disk = cache::DiskRecords::open({.directory = options.directory / "disk"}, clock, log);
  if (!disk) {
    give_up(disk.error().message);
  }
  for (const auto& [name, among] :
       {std::pair{"disk, no pool: get hit", options.records},
        std::pair{"disk, no pool: get hit among 10,000", std::min(kHotSet, options.records)}}) {
    std::vector<double> micros;
    std::mt19937_64 random(8);
    for (std::size_t i = 0; i < options.reads; ++i) {
      const std::vector<std::string> keys{key_of(random() % among)};
      const double before = seconds();
      const auto records = (*disk)->get("bench", keys, BinSet{}.with(Bin::kBody));
      micros.push_back((seconds() - before) * 1e6);
      if (!records || !records->at(0)) {
        give_up("a record is missing");
      }
    }
    report_times(name, micros);
  }
  if (!(*disk)->close()) {
    give_up("the cache cannot be closed");
  }
}

void measure_memory(const Options& options) {
  async::Loops loops(1);
  const core::SystemClock clock;
  const double before = resident_bytes();
  cache::MemoryStore store(options.records * (options.record_bytes + 4096), clock);
  measure_puts(loops, store, "memory", options);
  report("memory: memory per document", "bytes",
         (resident_bytes() - before) / static_cast<double>(options.records));
  read_singly(loops, store, "memory: get hit", options.reads, options.records);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures the record stores of the document cache in process; prints JSON lines."};
  Options options;
  app.add_option("--directory", options.directory, "an empty folder")->required();
  app.add_option("--records", options.records, "how many");
  app.add_option("--record-bytes", options.record_bytes, "length of each row");
  app.add_option("--reads", options.reads, "reads of each kind");
  CLI11_PARSE(app, argc, argv);
  std::filesystem::create_directories(options.directory);
  measure_disk(options);
  measure_without_pool(options);
  measure_memory(options);
  return 0;
}
