#include "features/freshness/signing_keys.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"

namespace layer::features::freshness {
namespace {

class SigningKeysTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<core::Signer>> load(objects::ObjectStore& from) {
    return async::run_blocking(loops.at(0), [&] { return load_signer(from); });
  }
  void put(std::string bytes) {
    const auto done = async::run_blocking(loops.at(0), [&] {
      return store.put(std::string(kSigningKeyObject), std::move(bytes), {});
    });
    ASSERT_TRUE(done);
  }

  async::Loops loops{1};
  core::ManualClock clock;
  objects::MemoryStore store{clock};
};

TEST_F(SigningKeysTest, GatewaysOfOneObjectStoreAcceptEachOther) {
  const auto first = load(store);
  const auto second = load(store);
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*second)->open("p", (*first)->seal("p", "x")), "x");
}

TEST_F(SigningKeysTest, TheLoserOfARaceTakesTheWinnersKey) {
  Result<std::unique_ptr<core::Signer>> winner;
  bool raced = false;
  objects::FaultyStore late(store, [&](objects::Operation operation, std::string_view) {
    if (operation == objects::Operation::kPut && !raced) {
      raced = true;
      async::Loops other(1);
      winner = async::run_blocking(other.at(0), [&] { return load_signer(store); });
    }
    return objects::Fault{};
  });
  const auto loser = load(late);
  ASSERT_TRUE(raced && winner && *winner && loser);
  EXPECT_EQ((*winner)->open("p", (*loser)->seal("p", "x")), "x");
}

TEST_F(SigningKeysTest, ALostAnswerToTheFirstPutIsNoFailure) {
  objects::FaultyStore lossy(store, [](objects::Operation operation, std::string_view) {
    const bool put = operation == objects::Operation::kPut;
    return objects::Fault{.kind = put ? objects::Fault::Kind::kAfter : objects::Fault::Kind::kNone};
  });
  EXPECT_TRUE(load(lossy));
}

TEST_F(SigningKeysTest, WhatIsNotKeysIsAnErrorThatSaysWhatToDo) {
  for (const std::string text :
       {"", "[]", R"({"v":1})", R"({"v":2,"keys":[]})", R"({"v":1,"keys":[]})",
        R"({"v":1,"keys":["short"]})", R"({"v":1,"keys":["!"]})", R"({"v":1,"keys":[7]})"}) {
    put(text);
    const auto loaded = load(store);
    ASSERT_FALSE(loaded) << text;
    EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(loaded.error().message.find("--cursor-key"), std::string::npos);
  }
}

TEST_F(SigningKeysTest, AnUnreachableStoreIsItsError) {
  objects::FaultyStore down(store, [](objects::Operation, std::string_view) {
    return objects::Fault{.kind = objects::Fault::Kind::kBefore};
  });
  const auto loaded = load(down);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnavailable);
}

TEST(SigningKeysOption, TakesAKeyAndTheOneBefore) {
  const auto old_only = signer_from_option("old-key-of-many-bytes");
  const auto both = signer_from_option("new-key-of-many-bytes,old-key-of-many-bytes");
  ASSERT_TRUE(old_only && both);
  EXPECT_EQ(both->open("p", old_only->seal("p", "x")), "x");
  EXPECT_FALSE(signer_from_option("short"));
  EXPECT_FALSE(signer_from_option(""));
  EXPECT_FALSE(signer_from_option("new-key-of-many-bytes,"));
}

}  // namespace
}  // namespace layer::features::freshness
