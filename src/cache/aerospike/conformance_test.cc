// The promises of record_store.h over the servers of the tests and over a real Aerospike server,
// where LAYER_TEST_AEROSPIKE names one ("host:port", a namespace "hevlayer" with nsup-period 1).
#include "testing/record_store_conformance.h"

#include <cstdlib>

#include "cache/aerospike/open.h"
#include "cache/aerospike/test_server.h"

namespace layer::cache::aerospike {
namespace {

std::unique_ptr<AerospikeStore> open_store(async::Loop& loop, std::string_view hosts,
                                           std::size_t own_sets_max) {
  AerospikeOptions options{.seeds = parse_hosts(hosts).value(), .own_sets_max = own_sets_max};
  options.operation_time_max = std::chrono::seconds(30);  // a busy machine
  options.scan_time_max = std::chrono::seconds(60);
  options.tend_time_max = std::chrono::seconds(30);
  auto store = std::make_unique<AerospikeStore>(Access{.options = options}, loop, nullptr);
  store->start();
  EXPECT_TRUE(async::run_blocking(loop, [&] {
    return store->connected_by(async::SteadyClock::now() + std::chrono::seconds(60));
  })) << store->last_error();
  return store;
}

class TestServerWorld : public RecordStoreWorld {
 public:
  TestServerWorld(async::Loop& loop, std::size_t own_sets_max)
      : server_({.nodes = 3}),
        store_(open_store(loop, "127.0.0.1:" + std::to_string(server_.port(0)), own_sets_max)) {}
  ~TestServerWorld() override { store_->stop(); }
  RecordStore& store() override { return *store_; }
  void pass(std::chrono::milliseconds time) override { server_.records().advance(time); }

 private:
  testing::TestServer server_;
  std::unique_ptr<AerospikeStore> store_;
};

class RealWorld : public RecordStoreWorld {
 public:
  explicit RealWorld(std::unique_ptr<AerospikeStore> store) : store_(std::move(store)) {}
  ~RealWorld() override { store_->stop(); }
  RecordStore& store() override { return *store_; }
  void pass(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

 private:
  std::unique_ptr<AerospikeStore> store_;
};

std::unique_ptr<RecordStoreWorld> make_real(async::Loop& loop, std::size_t own_sets_max) {
  const char* hosts = std::getenv("LAYER_TEST_AEROSPIKE");
  if (hosts == nullptr) {
    return nullptr;
  }
  return std::make_unique<RealWorld>(open_store(loop, hosts, own_sets_max));
}

constexpr std::size_t kEnough = 100'000;

std::unique_ptr<RecordStoreWorld> make_own(async::Loop& loop) {
  return make_real(loop, kEnough);
}
std::unique_ptr<RecordStoreWorld> make_shared_sets(async::Loop& loop) {
  return make_real(loop, 0);
}
std::unique_ptr<RecordStoreWorld> make_test_own(async::Loop& loop) {
  return std::make_unique<TestServerWorld>(loop, kEnough);
}
std::unique_ptr<RecordStoreWorld> make_test_shared(async::Loop& loop) {
  return std::make_unique<TestServerWorld>(loop, 0);
}

}  // namespace
}  // namespace layer::cache::aerospike

namespace layer::cache {
INSTANTIATE_TEST_SUITE_P(
    Aerospike, RecordStoreTest,
    ::testing::Values(RecordStoreKind{"test_server", aerospike::make_test_own},
                      RecordStoreKind{"test_server_shared_sets", aerospike::make_test_shared},
                      RecordStoreKind{"real_server", aerospike::make_own},
                      RecordStoreKind{"real_server_shared_sets", aerospike::make_shared_sets}),
    record_store_kind_name);
}  // namespace layer::cache
