#include "store/capabilities.h"

#include <set>

#include <gtest/gtest.h>

namespace layer::store {
namespace {

TEST(Capabilities, EveryFeatureHasOneId) {
  std::set<std::string_view> ids;
  for (const FeatureInfo& feature : feature_table()) {
    EXPECT_TRUE(ids.insert(feature.id).second) << feature.id;
    EXPECT_FALSE(feature.label.empty()) << feature.id;
    EXPECT_FALSE(feature.page.empty()) << feature.id;
  }
  EXPECT_FALSE(find_feature("no_such_feature").has_value());
}

TEST(Capabilities, WhatIsNotDeclaredIsUndeclared) {
  Capabilities capabilities;
  EXPECT_EQ(capabilities.support("rrf"), Support::kUndeclared);
  capabilities.declare("rrf", Support::kApproximate, "ranks of 100 only");
  EXPECT_EQ(capabilities.support("rrf"), Support::kApproximate);
  EXPECT_EQ(capabilities.note("rrf"), "ranks of 100 only");
  EXPECT_EQ(name(Support::kUndeclared), "undeclared");
}

}  // namespace
}  // namespace layer::store
