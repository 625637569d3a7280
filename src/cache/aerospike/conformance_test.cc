// The promises of record_store.h over a real Aerospike server, where LAYER_TEST_AEROSPIKE names one
// ("host:port", a namespace "hevlayer" with nsup-period 1), and over the fake one of this folder.
#include "testing/record_store_conformance.h"

#include <cstdlib>

#include "cache/aerospike/open.h"

namespace layer::cache::aerospike {
namespace {

class RealWorld : public RecordStoreWorld {
 public:
  RealWorld(std::unique_ptr<AerospikeStore> store) : store_(std::move(store)) {}
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
  auto seeds = parse_hosts(hosts);
  EXPECT_TRUE(seeds);
  AerospikeOptions options{.seeds = std::move(*seeds), .own_sets_max = own_sets_max};
  options.operation_time_max = std::chrono::seconds(10);  // a busy machine
  auto store = std::make_unique<AerospikeStore>(Access{.options = options}, loop, nullptr);
  store->start();
  EXPECT_TRUE(async::run_blocking(loop, [&] {
    return store->connected_by(async::SteadyClock::now() + std::chrono::seconds(30));
  })) << store->last_error();
  return std::make_unique<RealWorld>(std::move(store));
}

std::unique_ptr<RecordStoreWorld> make_own(async::Loop& loop) {
  return make_real(loop, 100'000);
}
std::unique_ptr<RecordStoreWorld> make_shared_sets(async::Loop& loop) {
  return make_real(loop, 0);
}

}  // namespace
}  // namespace layer::cache::aerospike

namespace layer::cache {
INSTANTIATE_TEST_SUITE_P(Server, RecordStoreTest,
                         ::testing::Values(RecordStoreKind{"own_sets", aerospike::make_own},
                                           RecordStoreKind{"shared_sets",
                                                           aerospike::make_shared_sets}),
                         record_store_kind_name);
}  // namespace layer::cache
