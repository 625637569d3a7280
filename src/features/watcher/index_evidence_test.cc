#include "features/watcher/index_evidence.h"

#include <gtest/gtest.h>

namespace layer::features::watcher {
namespace {

TEST(IndexEvidence, TakesTheStatusTheStoreGives) {
  EXPECT_EQ(index_evidence(R"({"status":"up-to-date"})"), IndexState::kStable);
  EXPECT_EQ(index_evidence(R"({"status":"updating","unindexed_bytes":0})"), IndexState::kUpdating);
  EXPECT_EQ(index_evidence(R"({"status":"dreaming"})"), IndexState::kUnknown);
}

TEST(IndexEvidence, WithoutAStatusLooksForBytesThatAreNotIndexed) {
  EXPECT_EQ(index_evidence(R"({"unindexed_bytes":1})"), IndexState::kUpdating);
  EXPECT_EQ(index_evidence(R"({"fts":{"unindexed_bytes":9}})"), IndexState::kUpdating);
  EXPECT_EQ(index_evidence(R"({"unindexed_bytes":0})"), IndexState::kUnknown);
}

TEST(IndexEvidence, KnowsNothingFromWhatIsNoIndex) {
  for (const char* text : {"", "null", "[]", "7", "{", "{}"}) {
    EXPECT_EQ(index_evidence(text), IndexState::kUnknown) << text;
  }
}

}  // namespace
}  // namespace layer::features::watcher
