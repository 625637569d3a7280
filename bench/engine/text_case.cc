#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "engine/cases.h"
#include "engine/support.h"

namespace layer::bench {
namespace {

constexpr std::size_t kRowsPerWrite = 5000;
constexpr int kRounds = 3;

void load(engine::Engine& engine, const std::vector<std::string>& texts) {
  for (std::size_t first = 0; first < texts.size(); first += kRowsPerWrite) {
    std::string body =
        R"({"schema":{"t":{"type":"string","full_text_search":true}},"upsert_rows":[)";
    const std::size_t last = std::min(first + kRowsPerWrite, texts.size());
    for (std::size_t i = first; i < last; ++i) {
      body +=
          fmt::format(R"({}{{"id":{},"t":{}}})", i == first ? "" : ",", i, json_string(texts[i]));
    }
    body += "]}";
    post(engine, "/v2/namespaces/bench", std::move(body));
  }
}

}  // namespace

int run_text(const TextOptions& options) {
  std::vector<std::string> texts = read_lines(options.texts);
  if (options.rows != 0 && options.rows < texts.size()) {
    texts.resize(options.rows);
  }
  const std::vector<std::string> queries = read_lines(options.queries);
  OpenEngine opened = open_engine(options.directory);
  const double started = wall_seconds();
  load(*opened.engine, texts);
  const double loaded = wall_seconds();
  wait_until_indexed(*opened.engine, "bench", std::chrono::seconds(300));
  const double indexed = wall_seconds();

  for (const int k : {10, 100}) {
    std::vector<std::string> bodies;
    for (const std::string& query : queries) {
      bodies.push_back(
          fmt::format(R"({{"rank_by":["t","BM25",{}],"top_k":{}}})", json_string(query), k));
    }
    double best = 1e9;
    for (int round = 0; round < kRounds; ++round) {
      const double begin = thread_seconds();
      for (const std::string& body : bodies) {
        post(*opened.engine, "/v2/namespaces/bench/query", body);
      }
      best = std::min(best, thread_seconds() - begin);
    }
    fmt::print(
        R"({{"case":"bm25 top {}","rows":{},"qps":{:.1f},"load_s":{:.2f},"index_s":{:.2f},"bytes_per_row":{:.1f}}})"
        "\n",
        k, texts.size(), static_cast<double>(queries.size()) / best, loaded - started,
        indexed - loaded,
        static_cast<double>(directory_bytes(options.directory)) /
            static_cast<double>(texts.size()));
  }
  opened.engine->stop();
  return 0;
}

}  // namespace layer::bench
