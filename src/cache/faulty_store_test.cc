#include "cache/faulty_store.h"

#include <gtest/gtest.h>

#include <chrono>

#include "async/loops.h"
#include "async/run.h"
#include "cache/memory/memory_store.h"

namespace layer::cache {
namespace {

using namespace std::chrono_literals;

class FaultyStoreTest : public ::testing::Test {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  ~FaultyStoreTest() override {
    run([&] { return store.settle(); });
  }
  Result<std::vector<PutOutcome>> put(std::string key, std::string body) {
    Put one{.key = std::move(key)};
    one.bins[1] = std::make_shared<const std::string>(std::move(body));
    return run([&] { return store.put("s", {one}); });
  }
  std::string body(RecordStore& from, std::string key) {
    const auto records = run([&] { return from.get("s", {key}, BinSet::all()); });
    if (!records) {
      return "error";
    }
    return records->at(0) ? *records->at(0)->bins[1] : "absent";
  }

  async::Loops loops{1};
  core::ManualClock clock;
  MemoryStore inner{1 << 20, clock};
  Fault fault{};
  Operation faulted = Operation::kPut;
  FaultyStore store{inner, [this](Operation operation, std::string_view, std::string_view) {
                      return operation == faulted ? fault : Fault{};
                    }};
};

TEST_F(FaultyStoreTest, AFaultBeforeDoesNothing) {
  fault = {.kind = Fault::Kind::kBefore, .code = ErrorCode::kIo};
  EXPECT_EQ(put("k", "1").error().code, ErrorCode::kIo);
  EXPECT_EQ(body(inner, "k"), "absent");
}

TEST_F(FaultyStoreTest, AFaultAfterDidIt) {
  fault = {.kind = Fault::Kind::kAfter};
  EXPECT_EQ(put("k", "1").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(body(inner, "k"), "1");
}

TEST_F(FaultyStoreTest, ALateOperationComesAfterItsError) {
  fault = {.kind = Fault::Kind::kLate, .late = 1ms};
  EXPECT_FALSE(put("k", "1"));
  run([&] { return store.settle(); });
  EXPECT_EQ(body(inner, "k"), "1");
  faulted = Operation::kRemove;
  EXPECT_FALSE(run([&] { return store.remove("s", {"k"}); }));
  run([&] { return store.settle(); });
  EXPECT_EQ(body(inner, "k"), "absent");
}

TEST_F(FaultyStoreTest, ADroppedRecordIsALoss) {
  fault = {.kind = Fault::Kind::kDrop};
  const auto before = run([&] { return store.losses("s"); });
  EXPECT_TRUE(put("k", "1"));
  EXPECT_EQ(body(store, "k"), "absent");
  EXPECT_GT(*run([&] { return store.losses("s"); }), *before);
}

TEST_F(FaultyStoreTest, ACorruptBinHasOtherBytes) {
  put("k", "12345");
  faulted = Operation::kGet;
  fault = {.kind = Fault::Kind::kCorrupt};
  EXPECT_NE(body(store, "k"), "12345");
  EXPECT_EQ(body(inner, "k"), "12345");
}

TEST_F(FaultyStoreTest, ARestartBringsOtherData) {
  put("k", "new");
  MemoryStore old{1 << 20, clock};
  const auto generation = store.connection_generation();
  store.restart_with(old);
  EXPECT_EQ(body(store, "k"), "absent");
  EXPECT_NE(store.connection_generation(), generation);
}

TEST_F(FaultyStoreTest, TheSameSeedPlansTheSame) {
  const RandomFaults chances{
      .before = 100, .after = 100, .late = 100, .corrupt = 100, .delayed = 500, .delay_max = 5ms};
  const auto one = FaultyStore::random_plan(7, chances);
  const auto two = FaultyStore::random_plan(7, chances);
  int faults = 0;
  for (int i = 0; i < 1000; ++i) {
    const Fault first = one(Operation::kGet, "s", "k");
    const Fault second = two(Operation::kGet, "s", "k");
    EXPECT_EQ(first.kind, second.kind);
    EXPECT_EQ(first.delay, second.delay);
    EXPECT_LT(first.delay, chances.delay_max);
    faults += first.kind == Fault::Kind::kNone ? 0 : 1;
  }
  EXPECT_GT(faults, 250);
  EXPECT_LT(faults, 550);
}

}  // namespace
}  // namespace layer::cache
