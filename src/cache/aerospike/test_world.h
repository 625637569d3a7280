// A cluster of the tests with a store that speaks to it. Thread safety: one test thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "cache/aerospike/open.h"
#include "cache/aerospike/test_server.h"

namespace layer::cache::aerospike::testing {

inline Bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

inline Put put_of(std::string key, std::string body, Condition condition = {}) {
  return {.key = std::move(key),
          .bins = {bytes("head"), bytes(std::move(body))},
          .condition = condition};
}

// Waits for what other threads bring about; false after a time that no machine is busy for.
inline bool eventually(const std::function<bool()>& holds) {
  constexpr std::chrono::seconds kHang{60};
  const auto until = std::chrono::steady_clock::now() + kHang;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class TestWorld {
 public:
  using Options = std::function<void(AerospikeOptions&)>;

  explicit TestWorld(ServerOptions server_options = {}, const Options& change = {})
      : server(std::move(server_options)), options(patient_options()) {
    if (change) {
      change(options);
    }
    store = open_another();
  }
  ~TestWorld() {
    if (store) {
      store->stop();
    }
  }
  TestWorld(const TestWorld&) = delete;
  TestWorld& operator=(const TestWorld&) = delete;

  // Another gateway at the same cluster, not connected yet. Its owner stops it.
  std::unique_ptr<AerospikeStore> open_another() {
    auto opened = open_aerospike(options, loops, nullptr);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened).value();
  }
  bool connects(AerospikeStore& one) {
    return eventually([&] { return one.connected(); });
  }
  bool connects() { return connects(*store); }

  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  Result<std::vector<PutOutcome>> put(std::vector<Put> puts) {
    return run([&] { return store->put("set", puts); });
  }
  Result<std::vector<std::optional<Record>>> get(std::vector<std::string> keys) {
    return run([&] { return store->get("set", keys, BinSet::all()); });
  }
  // "" for an error, "(absent)"
  std::string body(const std::string& key) {
    const auto records = get({key});
    if (!records) {
      return {};
    }
    return records->at(0) ? *records->at(0)->bins[static_cast<std::size_t>(Bin::kBody)]
                          : "(absent)";
  }

  TestServer server;
  AerospikeOptions options;
  async::Loops loops{2};
  std::unique_ptr<AerospikeStore> store;

 private:
  AerospikeOptions patient_options() const {
    constexpr std::chrono::seconds kPatience{30};
    AerospikeOptions made{.seeds = {{.host = "127.0.0.1", .tls_name = {}, .port = server.port(0)}}};
    made.operation_time_max = kPatience;
    made.scan_time_max = kPatience;
    made.tend_time_max = kPatience;
    made.tend_period = std::chrono::milliseconds(20);
    made.backoff_first = std::chrono::milliseconds(1);
    made.backoff_max = std::chrono::milliseconds(20);
    return made;
  }
};

}  // namespace layer::cache::aerospike::testing
