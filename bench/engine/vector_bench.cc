// Recall and speed of the vector index on raw f32 data. Prints the JSON rows that vector_peers.py
// prints for other engines: the first --rows vectors of the file are indexed, the last --queries
// are the queries, one at a time on one thread; qps counts processor time, best of three rounds.
#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/os.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <ctime>
#include <random>

#include "engine/vector/index.h"

namespace {

using namespace layer::engine;
using namespace layer::engine::vector;

constexpr std::uint32_t kNeighbors = 10;
constexpr int kRounds = 3;

struct Options {
  std::string vectors;
  std::string json;
  std::uint32_t dims = 384;
  std::size_t rows = 100'000;
  std::size_t queries = 1000;
  double filter_percent = 0;
  std::uint32_t delete_nearest = 0;
  std::string element = "f32";
  std::string metric = "cosine";
  std::vector<double> targets = {0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995};
};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The whole file, mapped for the life of the process.
std::span<const float> map_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  struct stat info{};
  if (file < 0 || fstat(file, &info) != 0) {
    throw std::runtime_error("cannot open " + path);
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  close(file);
  if (data == MAP_FAILED) {
    throw std::runtime_error("cannot map " + path);
  }
  return {static_cast<const float*>(data), size / sizeof(float)};
}

struct Case {
  Options options;
  VectorView column;
  std::vector<std::vector<float>> queries;
  std::vector<DocSet> allowed;  // one for all queries, or one a query
  std::vector<std::vector<Neighbor>> truth;

  const DocSet* allowed_for(std::size_t query) const {
    return allowed.empty() ? nullptr : &allowed[allowed.size() == 1 ? 0 : query];
  }
};

DocSet keep_share(DocId universe, double share) {
  std::mt19937_64 random(3);
  std::bernoulli_distribution keep(share);
  std::vector<DocId> docs;
  for (DocId doc = 0; doc < universe; ++doc) {
    if (keep(random)) {
      docs.push_back(doc);
    }
  }
  return DocSet::of(universe, std::move(docs));
}

void prepare(Case& test, DistanceMetric metric) {
  const auto universe = static_cast<DocId>(test.column.count);
  const DocSet all = DocSet::all(universe);
  if (test.options.filter_percent > 0) {
    test.allowed.push_back(keep_share(universe, 1 - test.options.filter_percent / 100));
  }
  for (std::size_t i = 0; i < test.queries.size(); ++i) {
    if (test.options.delete_nearest > 0) {
      std::vector<DocId> gone;
      for (const Neighbor& neighbor :
           search_exact(test.column, metric, test.queries[i], test.options.delete_nearest, all)) {
        gone.push_back(neighbor.doc);
      }
      test.allowed.push_back(DocSet::unsorted(universe, gone).complement());
    }
    const DocSet* allowed = test.allowed_for(i);
    test.truth.push_back(search_exact(test.column, metric, test.queries[i], kNeighbors,
                                      allowed != nullptr ? *allowed : all));
  }
}

struct Measurement {
  double recall = 0;
  double qps = 0;
  double codes = 0;
  double reranked = 0;
};

Measurement measure(const Case& test, const Index& index, double target) {
  Measurement result;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    std::size_t hits = 0;
    std::size_t wanted = 0;
    result.codes = 0;
    result.reranked = 0;
    double seconds = 0;
    for (std::size_t i = 0; i < test.queries.size(); ++i) {
      SearchStats stats;
      const double started = processor_seconds();
      const auto found = index.search(
          test.queries[i],
          {.k = kNeighbors, .recall_target = target, .allowed = test.allowed_for(i)}, &stats);
      seconds += processor_seconds() - started;
      for (const Neighbor& neighbor : test.truth[i]) {
        hits += std::ranges::count(found, neighbor.doc, &Neighbor::doc) > 0 ? 1 : 0;
      }
      wanted += test.truth[i].size();
      result.codes += static_cast<double>(stats.codes_scanned);
      result.reranked += static_cast<double>(stats.vectors_reranked);
    }
    best = std::min(best, seconds);
    result.recall = static_cast<double>(hits) / static_cast<double>(wanted);
  }
  const auto count = static_cast<double>(test.queries.size());
  result.qps = count / best;
  result.codes /= count;
  result.reranked /= count;
  return result;
}

void run(const Options& options) {
  const auto values = map_file(options.vectors);
  const std::size_t total = values.size() / options.dims;
  if (options.queries >= total) {
    throw std::runtime_error(fmt::format("the file holds {} vectors", total));
  }
  const auto element = options.element == "f16"  ? ElementType::kF16
                       : options.element == "i8" ? ElementType::kI8
                                                 : ElementType::kF32;
  const auto metric =
      options.metric == "euclidean" ? DistanceMetric::kEuclideanSquared : DistanceMetric::kCosine;
  // Unit vectors have no whole numbers to keep in bytes.
  const float scale = element == ElementType::kI8 ? 400.0F : 1.0F;
  const auto vector_at = [&](std::size_t row) {
    const auto part = values.subspan(row * options.dims, options.dims);
    std::vector<float> vector(part.begin(), part.end());
    for (float& value : vector) {
      value = round_to(element, value * scale);
    }
    return vector;
  };
  // Rows beyond the file repeat it with noise of half a vector's length.
  const std::size_t distinct = total - options.queries;
  std::mt19937 random(2);
  std::normal_distribution<float> noise(0,
                                        scale * 0.5F / std::sqrt(static_cast<float>(options.dims)));
  const auto row_at = [&](std::size_t row) {
    std::vector<float> vector = vector_at(row % distinct);
    if (row >= distinct) {
      for (float& value : vector) {
        value = round_to(element, value + noise(random));
      }
    }
    return vector;
  };
  const std::size_t width = options.dims * layer::wire::element_bytes(element);
  std::vector<std::byte> stored(options.rows * width);
  for (std::size_t row = 0; row < options.rows; ++row) {
    encode(row_at(row), element, stored.data() + row * width);
  }
  Case test{.options = options,
            .column = {stored.data(), options.rows, options.dims, element},
            .queries = {},
            .allowed = {},
            .truth = {}};
  for (std::size_t i = 0; i < options.queries; ++i) {
    test.queries.push_back(vector_at(total - options.queries + i));
  }
  const double started = processor_seconds();
  const auto bytes =
      build_index(test.column, metric, DocSet::all(static_cast<DocId>(options.rows)), {});
  const double build_seconds = processor_seconds() - started;
  const auto index =
      bytes ? Index::open(*bytes, test.column, metric)
            : layer::Result<std::unique_ptr<Index>>(std::unexpected(layer::Error(bytes.error())));
  if (!index) {
    throw std::runtime_error(index.error().message);
  }
  prepare(test, metric);
  for (double target : options.targets) {
    const Measurement got = measure(test, **index, target);
    const std::string row = fmt::format(
        R"({{"engine": "layer", "case": "{} rows, {:g} % filtered{}", "rows": {}, "dims": {}, )"
        R"("filter_percent": {:g}, "recall": {:.4f}, "qps": {:.1f}, "build_s": {:.2f}, )"
        R"("bytes_per_row": {:.1f}, "setting": "recall_target={:g}", "codes": {:.0f}, )"
        R"("reranked": {:.1f}}})",
        options.rows, options.filter_percent,
        options.delete_nearest > 0 ? fmt::format(", nearest {} deleted", options.delete_nearest)
                                   : "",
        options.rows, options.dims, options.filter_percent, got.recall, got.qps, build_seconds,
        static_cast<double>(bytes->size()) / static_cast<double>(options.rows) +
            static_cast<double>(width),
        target, got.codes, got.reranked);
    fmt::print("{}\n", row);
    if (!options.json.empty()) {
      auto out =
          fmt::output_file(options.json, fmt::file::WRONLY | fmt::file::CREATE | fmt::file::APPEND);
      out.print("{}\n", row);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("recall and speed of the vector index");
  app.add_option("--vectors", options.vectors, "raw little-endian f32")->required();
  app.add_option("--json", options.json, "also append the rows to this file");
  app.add_option("--dims", options.dims);
  app.add_option("--rows", options.rows);
  app.add_option("--queries", options.queries);
  app.add_option("--filter", options.filter_percent, "percent of rows filtered out");
  app.add_option("--delete-nearest", options.delete_nearest,
                 "rows nearest to each query that are filtered out for it");
  app.add_option("--element", options.element)->check(CLI::IsMember({"f32", "f16", "i8"}));
  app.add_option("--metric", options.metric)->check(CLI::IsMember({"cosine", "euclidean"}));
  app.add_option("--targets", options.targets, "recall targets to measure");
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
