#include "store/store_set.h"

#include <string>

#include <gtest/gtest.h>

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

std::vector<std::unique_ptr<VectorStore>> named(std::initializer_list<std::string> names) {
  std::vector<std::unique_ptr<VectorStore>> stores;
  for (const std::string& name : names) {
    stores.push_back(std::make_unique<NamedStore>(name));
  }
  return stores;
}

TEST(StoreSet, TheDefaultComesFirstAndTheRestByName) {
  const auto set = StoreSet::make(named({"eu", "us", "asia", "archive"}), "us");
  ASSERT_TRUE(set.has_value());
  std::string order;
  for (const auto& store : set->all()) {
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

TEST(StoreSet, RefusesWhatHasNoOneDefault) {
  EXPECT_EQ(StoreSet::make({}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(StoreSet::make(named({"a", "b"})).has_value());
  const auto twice = StoreSet::make(named({"a", "a"}), "a");
  ASSERT_FALSE(twice.has_value());
  EXPECT_NE(twice.error().message.find("'a'"), std::string::npos);
}

}  // namespace
}  // namespace layer::store
