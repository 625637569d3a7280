// An engine with rows, a queue and what works between them, for tests only.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/log.h"
#include "core/random.h"
#include "engine/engine.h"
#include "engine/storage/memory_file_system.h"
#include "features/functions/discovery.h"
#include "features/functions/function_work.h"
#include "queue/sqlite/sqlite_function_queue.h"
#include "queue/sqlite/sqlite_job_store.h"
#include "store/embedded/embedded_store.h"

namespace layer::features::functions {

class FunctionSite : public ::testing::Test {
 protected:
  FunctionSite()
      : root(std::filesystem::temp_directory_path() / ("functions-" + core::random_uuid())) {
    std::filesystem::create_directories(root);
    file = std::move(*queue::SqliteJobStore::open(root / "queue.db", clock));
    queue.emplace(file->writer(), clock);
    registry.emplace(*queue, [](const FunctionSpec&) { return std::vector<std::string>{}; });
    discovery.emplace(
        Discovery::Parts{.queue = *queue, .resolve = resolve(), .pool = pool, .clock = clock});
    work.emplace(FunctionWork::Parts{
        .queue = *queue,
        .resolve = resolve(),
        .write = [this](std::string, std::string body,
                        async::TimePoint) { return write_between(std::move(body)); },
        .pool = pool,
        .clock = clock});
  }
  ~FunctionSite() override {
    file.reset();
    engine->stop();
    std::filesystem::remove_all(root);
  }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  async::Task<Result<store::Answer>> send(std::string target, std::string body) {
    return store.send({.method = "POST",
                       .target = std::move(target),
                       .headers = {{"content-type", "application/json"}},
                       .body = std::move(body)});
  }
  // As a gateway writes: every row gets a stamp, greater than any before.
  async::Task<Result<store::Answer>> stamped(std::string body) {
    ++stamp;
    const std::string with = fmt::format(R"({{"_hevlayer_upserted_at":{},"id":)", stamp);
    for (std::size_t at = body.find(R"({"id":)"); at != body.npos;
         at = body.find(R"({"id":)", at + with.size())) {
      body.replace(at, 6, with);
    }
    return send("/v2/namespaces/docs", std::move(body));
  }
  // A function's write, with what somebody else does just before.
  async::Task<Result<store::Answer>> write_between(std::string body) {
    ++writes;
    if (!meanwhile.empty()) {
      const auto answer = co_await stamped(std::exchange(meanwhile, {}));
      EXPECT_EQ(answer->status, 200) << answer->body;
    }
    co_return co_await stamped(std::move(body));
  }
  void write(std::string body) {
    const auto answer = run([&] { return stamped(body); });
    ASSERT_EQ(answer->status, 200) << answer->body;
  }
  // The rows, as the store answers them.
  std::string rows(const std::string& attributes) {
    const auto answer = run([&] {
      return send(
          "/v2/namespaces/docs/query",
          R"({"rank_by":["id","asc"],"top_k":100,"include_attributes":)" + attributes + "}");
    });
    EXPECT_EQ(answer->status, 200) << answer->body;
    const std::string_view body = answer->body;
    const std::size_t begin = body.find("[");
    return std::string(body.substr(begin, body.rfind("]") - begin + 1));
  }

  RegisteredFunction put(std::string spec) {
    auto made = run([&] { return registry->put("f", spec, std::nullopt); });
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  Resolve resolve() {
    return [this](std::string ns) -> async::Task<Result<documents::Origin>> {
      if (unreachable) {
        co_return core::fail(ErrorCode::kStoreUnavailable, "the store is away");
      }
      co_return documents::Origin{.store = &store, .physical = ns, .authorization = {}};
    };
  }
  std::size_t sweep(const RegisteredFunction& function) {
    auto swept = run([&] {
      return discovery->sweep({.function = function, .ns = "docs"}, async::TimePoint::max());
    });
    EXPECT_TRUE(swept) << swept.error().message;
    return swept ? swept->enqueued : 0;
  }

  core::ManualClock clock;
  std::int64_t stamp = 1000;
  bool unreachable = false;
  std::string meanwhile{};  // a write body
  int writes = 0;
  engine::storage::MemoryFileSystem files;
  async::Loops loops{1};
  core::Logger log{{.level = core::LogLevel::kOff}};
  async::CpuPool engine_pool{{.name = "engine"}};
  async::CpuPool pool{{.name = "codec"}};
  std::unique_ptr<engine::Engine> engine = *engine::Engine::open({.directory = "rows"}, files);
  store::EmbeddedStore store{{.engine = *engine,
                              .engine_pool = engine_pool,
                              .codec_pool = pool,
                              .log = log,
                              .body_bytes_max = 64 << 20}};
  std::filesystem::path root;
  std::unique_ptr<queue::SqliteJobStore> file;
  std::optional<queue::SqliteFunctionQueue> queue;
  std::optional<FunctionRegistry> registry;
  std::optional<Discovery> discovery;
  std::optional<FunctionWork> work;
};

}  // namespace layer::features::functions
