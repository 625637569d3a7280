#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/cases.h"
#include "engine/support.h"

namespace layer::bench {
namespace {

constexpr std::uint32_t kRowsPerWrite = 20'000;

void fill(engine::Engine& engine, std::uint32_t rows) {
  for (std::uint32_t first = 0; first < rows; first += kRowsPerWrite) {
    std::string body = R"({"upsert_rows":[)";
    for (std::uint32_t id = first; id < std::min(first + kRowsPerWrite, rows); ++id) {
      body += fmt::format(R"({}{{"id":{},"n":{},"s":"value {}"}})", id == first ? "" : ",", id,
                          id % 1000, id % 5000);
    }
    body += "]}";
    post(engine, "/v2/namespaces/bench", std::move(body));
  }
}

}  // namespace

int run_open(const OpenOptions& options) {
  if (options.prepare) {
    OpenEngine opened = open_engine(options.directory);
    fill(*opened.engine, options.rows);
    opened.engine->stop();
    return 0;
  }
  const std::uint64_t before = resident_bytes();
  const double started = wall_seconds();
  OpenEngine opened = open_engine(options.directory);
  post(*opened.engine, "/v2/namespaces/bench/query",
       R"({"rank_by":["id","asc"],"filters":["n","Eq",7],"limit":10})");
  const double answered = wall_seconds() - started;
  fmt::print(R"({{"case":"open {} rows","first_answer_ms":{:.1f},"resident_mb":{:.1f}}})"
             "\n",
             options.rows, answered * 1e3, static_cast<double>(resident_bytes() - before) / 1e6);
  opened.engine->stop();
  return 0;
}

int run_namespaces(const NamespacesOptions& options) {
  const std::uint64_t before = resident_bytes();
  const auto touch_all = [&](engine::Engine& engine, bool create) {
    for (std::uint32_t i = 0; i < options.count; ++i) {
      const std::string path = fmt::format("/v2/namespaces/small-{}", i);
      if (create) {
        post(engine, path, R"({"upsert_rows":[{"id":1,"s":"x"},{"id":2,"s":"y"}]})");
      } else {
        post(engine, path + "/query", R"({"rank_by":["id","asc"],"limit":1})");
      }
    }
  };
  double created = 0;
  {
    OpenEngine opened = open_engine(options.directory);
    const double started = wall_seconds();
    touch_all(*opened.engine, true);
    created = wall_seconds() - started;
    opened.engine->stop();
  }
  const double started = wall_seconds();
  OpenEngine opened = open_engine(options.directory);
  const double reopened = wall_seconds() - started;
  touch_all(*opened.engine, false);
  const double touched = wall_seconds() - started - reopened;
  fmt::print(
      R"({{"case":"{} namespaces","create_s":{:.2f},"reopen_ms":{:.1f},"touch_all_s":{:.2f},"resident_mb":{:.1f},"disk_mb":{:.1f}}})"
      "\n",
      options.count, created, reopened * 1e3, touched,
      static_cast<double>(resident_bytes() - before) / 1e6,
      static_cast<double>(directory_bytes(options.directory)) / 1e6);
  opened.engine->stop();
  return 0;
}

}  // namespace layer::bench
