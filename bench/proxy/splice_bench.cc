// How fast a write body of 1,000 rows of 1 KiB is taken apart and stamped on one core, beside two
// limits of the same run: simdjson's parse of the same bytes, and a copy of them. Prints one JSON
// object a case: {"case", "mb_per_s", "simdjson_mb_per_s", "memcpy_mb_per_s", "target"}.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include "features/writes/splice.h"
#include "features/writes/write_plan.h"

namespace {

using layer::features::writes::plan_write;
using layer::features::writes::splice;
using layer::features::writes::StampRules;

constexpr int kRows = 1000;
constexpr std::size_t kRowBytes = 1024;
constexpr double kSecondsEach = 0.5;
constexpr int kRounds = 3;

std::mt19937 g_random(7);

std::string text(std::size_t bytes) {
  static constexpr std::string_view kWords[] = {"lorem", "ipsum", "dolor", "sit", "amet", "naïve"};
  std::string out;
  while (out.size() < bytes) {
    out.append(kWords[g_random() % std::size(kWords)]).append(" ");
  }
  return out;
}

std::string vector(std::size_t bytes) {
  std::string out = "[";
  while (out.size() < bytes) {
    const double value = static_cast<double>(g_random()) / 18446744073709551616.0 - 0.5;
    fmt::format_to(std::back_inserter(out), "{}{:.9g}", out.size() > 1 ? "," : "", value);
  }
  return out + "]";
}

std::string row(int id, std::size_t text_bytes, std::size_t vector_bytes) {
  std::string out = R"({"id":)" + std::to_string(id) + R"(,"title":")" + text(40) +
                    R"(","lang":"en","year":1998,"public":true,"tags":["a","bc"])";
  if (text_bytes > 0) {
    out += R"(,"text":")" + text(text_bytes) + '"';
  }
  if (vector_bytes > 0) {
    out += R"(,"vector":)" + vector(vector_bytes);
  }
  return out + "}";
}

std::string rows(std::size_t text_bytes, std::size_t vector_bytes) {
  std::string out = R"({"upsert_rows":[)";
  for (int id = 0; id < kRows; ++id) {
    out += (id > 0 ? "," : "") + row(id, text_bytes, vector_bytes);
  }
  return out + R"(],"distance_metric":"cosine_distance"})";
}

std::string columns() {
  std::string ids;
  std::string texts;
  std::string vectors;
  for (int id = 0; id < kRows; ++id) {
    const std::string comma = id > 0 ? "," : "";
    ids += comma + std::to_string(id);
    texts += comma + '"' + text(kRowBytes / 2) + '"';
    vectors += comma + vector(kRowBytes / 2);
  }
  return R"({"upsert_columns":{"id":[)" + ids + R"(],"text":[)" + texts + R"(],"vector":[)" +
         vectors + R"(]},"distance_metric":"cosine_distance"})";
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The best of some rounds, each of many runs of `work` over `bytes` bytes, in processor time.
template <class Work>
double mb_per_second(std::size_t bytes, Work work) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = processor_seconds();
    std::size_t runs = 0;
    double spent = 0;
    while ((spent = processor_seconds() - begin) < kSecondsEach / kRounds) {
      work();
      ++runs;
    }
    best = std::max(best, static_cast<double>(runs * bytes) / spent / 1e6);
  }
  return best;
}

void run(const char* name, const std::string& body, const StampRules& rules, bool target) {
  std::size_t sink = 0;
  const double ours = mb_per_second(body.size(), [&] {
    const auto plan = plan_write(body, rules);
    if (!plan || !plan->understood) {
      fmt::print(stderr, "the body of {} is not understood\n", name);
      std::exit(1);
    }
    sink += splice(body, *plan, rules, 1'712'345'678'901).size();
  });
  const simdjson::padded_string padded(body);
  simdjson::dom::parser parser;
  const double simdjson_parse = mb_per_second(
      body.size(), [&] { sink += parser.parse(padded).error() == simdjson::SUCCESS ? 1U : 0U; });
  const auto copy = std::make_unique_for_overwrite<char[]>(body.size());
  const double memcpy_alone = mb_per_second(body.size(), [&] {
    std::memcpy(copy.get(), body.data(), body.size());
    sink += static_cast<unsigned char>(copy[body.size() / 2]);
  });
  fmt::print(R"({{"case":"parse and stamp {}","mb_per_s":{:.0f},"simdjson_mb_per_s":{:.0f},)"
             R"("memcpy_mb_per_s":{:.0f},"target":{}}})"
             "\n",
             name, ours, simdjson_parse, memcpy_alone, target);
  if (sink == 0) {
    std::exit(1);
  }
}

}  // namespace

int main() {
  const StampRules stamp{};
  const StampRules shards{.stamp = true, .shard_count = 16};
  const std::size_t fixed = row(kRows, 0, 0).size() + 20;
  const std::size_t half = (kRowBytes - fixed) / 2;
  run("1,000 rows of 1 KiB, text and vectors", rows(half, half), stamp, true);
  run("1,000 rows of 1 KiB, text and vectors, with shards", rows(half, half), shards, false);
  run("1,000 rows of 1 KiB, text", rows(kRowBytes - fixed, 0), stamp, false);
  run("1,000 rows of 1 KiB, vectors", rows(0, kRowBytes - fixed), stamp, false);
  run("1,000 rows of 1 KiB in columns", columns(), stamp, false);
  run("1,000 rows of 100 bytes", rows(0, 0), stamp, false);
  return 0;
}
