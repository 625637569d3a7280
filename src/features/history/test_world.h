// What tests of the history are made of: a loop, a pool, an object store in memory, records.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "engine/storage/memory_file_system.h"
#include "features/history/history.h"
#include "features/history/utc.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"

namespace layer::features::history {

inline constexpr std::int64_t kNoonNs = 1'700'049'600 * std::int64_t{1'000'000'000};
static_assert(kNoonNs % kDayNs == kDayNs / 2, "a day's noon");

inline QueryEntry query(std::int64_t ns_time, std::string id, std::string ns = "films") {
  QueryEntry entry{.timestamp_ns = ns_time, .ns = std::move(ns), .trace_id = "trace-" + id};
  entry.who.query_id = std::move(id);
  entry.who.client_id = "ann";
  entry.query = R"({"kind":"BM25","field":"title","text":"space","top_k":10})";
  entry.top_ids = {"7", "\"b\""};
  entry.result_count = 2;
  entry.level = "strong";
  entry.served_by = "upstream";
  return entry;
}

inline Click click(std::int64_t ns_time, std::string query_id, std::string doc_id) {
  Click made{.timestamp_ns = ns_time, .ns = "films", .trace_id = "t", .doc_id = std::move(doc_id)};
  made.who.query_id = std::move(query_id);
  made.who.client_id = "ann";
  return made;
}

class World : public ::testing::Test {
 protected:
  World() { clock_.set_wall_ms(kNoonNs / kMsNs); }
  ~World() override { close(); }

  History& open(HistoryOptions options = {}) {
    close();
    options.dir = "/data/spool/history";
    auto opened = History::open({.objects = store_,
                                 .files = files_,
                                 .clock = clock_,
                                 .log = log_,
                                 .metrics = metrics_,
                                 .loop = loops_.at(0),
                                 .pool = pool_,
                                 .settings = settings_,
                                 .gateway = gateway_},
                                options);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      std::abort();
    }
    history_ = std::move(*opened);
    return *history_;
  }
  // As a process ends that stops in order.
  void close() {
    if (history_) {
      history_->stop();
      history_.reset();
    }
  }
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops_.at(0), std::move(make));
  }
  void flush() {
    const auto flushed = run([&] { return history_->flush(); });
    ASSERT_TRUE(flushed) << flushed.error().message;
  }
  Page newest(RecordKind kind = RecordKind::query, Selection selection = {},
              std::optional<Position> before = std::nullopt, std::size_t limit = 1000) {
    auto page = run([&] { return history_->newest("films", kind, selection, before, limit); });
    EXPECT_TRUE(page) << page.error().message;
    return page ? std::move(*page) : Page{};
  }
  std::vector<std::string> ids(const Page& page) {
    std::vector<std::string> out;
    for (const Stored& record : page.records) {
      out.push_back(record.query_id);
    }
    return out;
  }
  std::vector<std::string> keys(std::string prefix = "history/") {
    const auto listing = run([&] { return objects_.list(prefix, "", objects::kListMax); });
    std::vector<std::string> out;
    for (const auto& object : listing.value().objects) {
      out.push_back(object.key);
    }
    return out;
  }
  std::uint64_t counted(std::string_view what) {
    const std::string text = metrics_.print();
    const std::size_t at = text.find("\n" + std::string(what) + " ");
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + what.size() + 2));
  }

  core::ManualClock clock_;
  core::Logger log_{{.level = core::LogLevel::kOff}};
  core::Metrics metrics_;
  async::Loops loops_{1, "history"};
  async::CpuPool pool_{{.name = "test", .threads = 2}};
  objects::MemoryStore objects_{clock_};
  objects::FaultyStore store_{
      objects_, [this](objects::Operation operation, std::string_view key) -> objects::Fault {
        return plan_ ? plan_(operation, key) : objects::Fault{};
      }};
  objects::FaultyStore::Plan plan_;  // changed while nothing runs
  engine::storage::MemoryFileSystem files_;
  std::shared_ptr<resources::IndexSpec> index_;  // of every namespace
  SettingsCache settings_{[this](std::string_view) { return index_; }, clock_};
  std::string gateway_ = "g1";
  std::unique_ptr<History> history_;
};

}  // namespace layer::features::history
