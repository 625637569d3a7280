// The promises of record_store.h over the kinds of this folder.
#include "testing/record_store_conformance.h"

#include "cache/faulty_store.h"
#include "cache/memory/memory_store.h"

namespace layer::cache {
namespace {

class MemoryWorld : public RecordStoreWorld {
 public:
  RecordStore& store() override { return store_; }
  void pass(std::chrono::milliseconds time) override { clock_.advance(time); }

 private:
  core::ManualClock clock_;
  MemoryStore store_{std::size_t{64} << 20, clock_};
};

class UntroubledWorld : public RecordStoreWorld {
 public:
  RecordStore& store() override { return store_; }
  void pass(std::chrono::milliseconds time) override { inner_.pass(time); }

 private:
  MemoryWorld inner_;
  FaultyStore store_{inner_.store(),
                     [](Operation, std::string_view, std::string_view) { return Fault{}; }};
};

template <class World>
std::unique_ptr<RecordStoreWorld> make(async::Loop& /*loop*/) {
  return std::make_unique<World>();
}

INSTANTIATE_TEST_SUITE_P(Kinds, RecordStoreTest,
                         ::testing::Values(RecordStoreKind{"memory", make<MemoryWorld>},
                                           RecordStoreKind{"untroubled", make<UntroubledWorld>}),
                         record_store_kind_name);

}  // namespace
}  // namespace layer::cache
