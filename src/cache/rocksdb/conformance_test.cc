// The promises of record_store.h over the disk, with and without a hot tier in front of it.
#include "testing/record_store_conformance.h"

#include "cache/rocksdb/test_disk.h"

namespace layer::cache {
namespace {

template <std::size_t kHotBytes>
class World : public RecordStoreWorld {
 public:
  RecordStore& store() override { return *disk_.store; }
  void pass(std::chrono::milliseconds time) override { disk_.clock.advance(time); }

 private:
  DiskWorld disk_{kHotBytes};
};

template <std::size_t kHotBytes>
std::unique_ptr<RecordStoreWorld> make(async::Loop& /*loop*/) {
  return std::make_unique<World<kHotBytes>>();
}

// The small hot tier has room for a few records and evicts all the time.
INSTANTIATE_TEST_SUITE_P(Kinds, RecordStoreTest,
                         ::testing::Values(RecordStoreKind{"disk", make<0>},
                                           RecordStoreKind{"tier", make<(1 << 24)>},
                                           RecordStoreKind{"small_tier", make<(1 << 14)>}),
                         record_store_kind_name);

}  // namespace
}  // namespace layer::cache
