#include "store/store_set.h"

#include <string>

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"

namespace layer::store {
namespace {

class NamedStore final : public VectorStore {
 public:
  explicit NamedStore(std::string name) : name_(std::move(name)) {}
  async::Task<Result<Answer>> send(Call) override { co_return Answer{}; }
  std::string_view name() const override { return name_; }
  std::string_view kind() const override { return "embedded"; }
  const Capabilities& capabilities() const override { return capabilities_; }
  StoreStatus status() const override { return {}; }

 private:
  std::string name_;
  Capabilities capabilities_;
};

StoreSet::Stores named(std::initializer_list<std::string> names) {
  StoreSet::Stores stores;
  for (const std::string& name : names) {
    stores.push_back(std::make_shared<NamedStore>(name));
  }
  return stores;
}

Result<Answer> call(VectorStore& store) {
  async::Loops loops(1);
  return async::run_blocking(loops.at(0), [&] { return store.send({}); });
}

TEST(StoreSet, TheDefaultComesFirstAndTheRestByName) {
  const auto set = StoreSet::make(named({"eu", "us", "asia", "archive"}), "us");
  ASSERT_TRUE(set.has_value());
  std::string order;
  const auto stores = set->all();
  for (const VectorStore* const store : *stores) {
    order += std::string(store->name()) + " ";
  }
  EXPECT_EQ(order, "us archive asia eu ");
  EXPECT_EQ(set->default_store().name(), "us");
}

TEST(StoreSet, FindsByName) {
  const auto set = StoreSet::make(named({"eu", "us"}), "us");
  ASSERT_TRUE(set.has_value());
  ASSERT_NE(set->find("eu"), nullptr);
  EXPECT_EQ(set->find("eu")->name(), "eu");
  EXPECT_EQ(set->find("mars"), nullptr);
}

TEST(StoreSet, ASingleStoreIsTheDefault) {
  const auto set = StoreSet::make(named({"only"}));
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->default_store().name(), "only");
}

TEST(StoreSet, WhoFoundAStoreReachesWhatTakesItsPlace) {
  auto set = StoreSet::make(named({"eu", "us"}), "us");
  ASSERT_TRUE(set.has_value());
  VectorStore* const eu = set->find("eu");
  const auto us = set->current("us");
  auto next = named({"eu", "us"});
  next[1] = us;
  const auto eu_now = next[0];
  ASSERT_TRUE(set->replace(std::move(next), "eu").has_value());
  EXPECT_EQ(set->find("eu"), eu);
  EXPECT_EQ(set->current("eu"), eu_now);
  EXPECT_EQ(set->current("us"), us);
  EXPECT_EQ(&set->default_store(), eu);
}

TEST(StoreSet, AStoreThatIsNoLongerThereRefusesCalls) {
  auto set = StoreSet::make(named({"eu", "us"}), "us");
  ASSERT_TRUE(set.has_value());
  VectorStore* const eu = set->find("eu");
  ASSERT_TRUE(set->replace(named({"us"}), "us").has_value());
  EXPECT_EQ(set->find("eu"), nullptr);
  EXPECT_EQ(call(*eu).error().code, ErrorCode::kServiceUnavailable);
  ASSERT_TRUE(set->replace(named({"us", "eu"}), "us").has_value());
  EXPECT_EQ(set->find("eu"), eu);
  EXPECT_TRUE(call(*eu).has_value());
}

TEST(StoreSet, WhatCannotTakeItsPlaceChangesNothing) {
  auto set = StoreSet::make(named({"eu", "us"}), "us");
  ASSERT_TRUE(set.has_value());
  EXPECT_FALSE(set->replace(named({"a", "b"}), "us").has_value());
  EXPECT_NE(set->find("eu"), nullptr);
  EXPECT_EQ(set->find("a"), nullptr);
}

TEST(StoreSet, RefusesWhatHasNoOneDefault) {
  EXPECT_EQ(StoreSet::make({}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(StoreSet::make(named({"a", "b"})).has_value());
  const auto twice = StoreSet::make(named({"a", "a"}), "a");
  ASSERT_FALSE(twice.has_value());
  EXPECT_NE(twice.error().message.find("'a'"), std::string::npos);
}

}  // namespace
}  // namespace layer::store
