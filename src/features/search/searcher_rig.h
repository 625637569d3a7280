// What tests of searches share: a searcher over a real engine in memory, and rows to find.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "engine/engine.h"
#include "engine/storage/memory_file_system.h"
#include "features/search/searcher.h"
#include "store/embedded/embedded_store.h"

namespace layer::features::search {

using namespace std::chrono_literals;

// Counts what the store is asked.
class CountingStore final : public store::VectorStore {
 public:
  explicit CountingStore(store::VectorStore& inner) : inner_(inner) {}
  async::Task<Result<store::Answer>> send(store::Call call) override {
    queries += call.target.ends_with("/query") ? 1 : 0;
    co_return co_await inner_.send(std::move(call));
  }
  std::string_view name() const override { return inner_.name(); }
  std::string_view kind() const override { return inner_.kind(); }
  const store::Capabilities& capabilities() const override { return inner_.capabilities(); }
  store::StoreStatus status() const override { return inner_.status(); }
  int queries = 0;

 private:
  store::VectorStore& inner_;
};

// Serves the field "title": a text of n bytes means [n, 1].
class LengthEmbedder final : public embed::Embedder {
 public:
  bool serves(std::string_view, std::string_view field, std::string_view) override {
    return field == "title";
  }
  async::Task<Result<embed::QueryVector>> embed(embed::QueryText text, async::TimePoint) override {
    ++texts;
    co_return embed::QueryVector{.values = {static_cast<float>(text.text.size()), 1},
                                 .attribute = "vector",
                                 .model = "length",
                                 .stale_profile = true};
  }
  int texts = 0;
};

class SearchRig : public ::testing::Test {
 protected:
  ~SearchRig() override { engine->stop(); }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  void write(std::string body) {
    const auto answer = run([&] {
      return store.send({.method = "POST",
                         .target = "/v2/namespaces/docs",
                         .headers = {{"content-type", "application/json"}},
                         .body = body});
    });
    ASSERT_EQ(answer->status, 200) << answer->body;
  }
  // Rows with few different values, some of them null.
  void write_rows(int count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string rows;
    for (int id = 0; id < count; ++id) {
      const auto price = random() % 5;
      const auto lang = random() % 3;
      rows += fmt::format(R"({}{{"id":{},"vector":[{},{}],"price":{},"lang":{},"title":"{} w{}"}})",
                          id == 0 ? "" : ",", id, random() % 7, random() % 7,
                          price == 0 ? "null" : std::to_string(price),
                          lang == 0 ? "null" : fmt::format("\"l{}\"", lang),
                          random() % 2 == 0 ? "red" : "red red", id);
    }
    write(R"({"distance_metric":"euclidean_squared","schema":{"price":"int","lang":"string",)"
          R"("title":{"type":"string","full_text_search":true}},"upsert_rows":[)" +
          rows + "]}");
  }
  Result<SearchOutcome> search(std::string body, bool paging = true) {
    return run([&] {
      return searcher.search(place, {.body = body, .paging = paging},
                             async::SteadyClock::now() + 1h);
    });
  }
  SearchAnswer found(const std::string& body) {
    auto outcome = search(body);
    EXPECT_TRUE(outcome) << body << ": " << outcome.error().message;
    if (!outcome || !std::holds_alternative<SearchAnswer>(*outcome)) {
      ADD_FAILURE() << body << ": " << (outcome ? std::get<pages::StoreReply>(*outcome).body : "");
      return {};
    }
    return std::get<SearchAnswer>(std::move(*outcome));
  }
  static std::vector<std::string> texts(const SearchAnswer& answer) {
    std::vector<std::string> out;
    for (const legs::LegRow& row : answer.rows) {
      out.push_back(row.text);
    }
    return out;
  }
  // `query`: members of a body, without braces.
  std::vector<std::string> pages_of(const std::string& query, std::size_t top_k) {
    std::vector<std::string> all;
    std::string cursor = "null";
    for (int page = 0; page < 1000; ++page) {
      const auto answer =
          found(fmt::format(R"({{{},"top_k":{},"cursor":{}}})", query, top_k, cursor));
      std::ranges::copy(texts(answer), std::back_inserter(all));
      if (!answer.next_cursor) {
        return all;
      }
      EXPECT_EQ(answer.rows.size(), top_k);
      cursor = "\"" + *answer.next_cursor + "\"";
    }
    ADD_FAILURE() << "paging does not end";
    return all;
  }
  void refuses(const std::string& body, ErrorCode code, std::string_view words) {
    const auto outcome = search(body);
    ASSERT_FALSE(outcome) << body;
    EXPECT_EQ(outcome.error().code, code) << body;
    EXPECT_NE(outcome.error().message.find(words), std::string::npos) << outcome.error().message;
  }

  engine::storage::MemoryFileSystem files;
  async::Loops loops{1};
  async::CpuPool engine_pool{{.name = "engine"}};
  async::CpuPool pool{{.name = "codec"}};
  core::Logger log{{.level = core::LogLevel::kOff}};
  core::Metrics metrics;
  core::ManualClock clock{1'700'000'000'000};
  std::unique_ptr<engine::Engine> engine = *engine::Engine::open({.directory = "rows"}, files);
  store::EmbeddedStore embedded{{.engine = *engine,
                                 .engine_pool = engine_pool,
                                 .codec_pool = pool,
                                 .log = log,
                                 .body_bytes_max = 64 << 20}};
  CountingStore store{embedded};
  legs::LegReader legs{{.pool = pool, .metrics = metrics}};
  LengthEmbedder embedder;
  core::Signer signer = *core::Signer::make({"0123456789abcdef"});
  Searcher searcher{{.legs = legs,
                     .cache = nullptr,
                     .embedder = embedder,
                     .signer = signer,
                     .clock = clock,
                     .pool = pool,
                     .metrics = metrics}};
  SearchPlace place{
      .read = {.origin = {.store = &store, .physical = "docs", .authorization = ""}, .ns = "docs"}};
};

}  // namespace layer::features::search
