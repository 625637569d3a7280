#include "features/writes/streaming_rewriter.h"

#include <gtest/gtest.h>

#include <string>

#include "features/writes/check_body.h"

namespace layer::features::writes {
namespace {

const StampRules kSharded{.stamp = true, .shard_count = 16};

TEST(StreamingRewriter, GivesWhatTheSplicerGives) {
  std::string body = R"({"upsert_rows":[)";
  for (int i = 0; i < 3000; ++i) {
    body += (i > 0 ? "," : "") + std::string(R"({"id":)") + std::to_string(i) +
            R"(,"_hevlayer_shard":9,"text":")" + std::string(i % 900, 'x') + "\"}";
  }
  body += R"(],"upsert_columns":{"id":[)";
  for (int i = 0; i < 50'000; ++i) {
    body += (i > 0 ? "," : "") + std::to_string(i + 5000);
  }
  body += "]}}";
  const auto plan = plan_write(body, kSharded);
  ASSERT_TRUE(plan.has_value() && plan->understood);
  const std::string want = splice(body, *plan, kSharded, kTestStamp);
  for (const std::size_t step : {std::size_t{1000}, std::size_t{65'536}, body.size()}) {
    EXPECT_EQ(rewrite(body, kSharded, step), want) << step;
  }
}

TEST(StreamingRewriter, GivesAtMostAWindowAtOnce) {
  std::string body = R"({"upsert_columns":{"id":[0)";
  for (int i = 1; i < 300'000; ++i) {
    body += "," + std::to_string(i);
  }
  body += "]}}";
  StreamingRewriter rewriter(kSharded, kTestStamp);
  ASSERT_TRUE(rewriter.feed(body).has_value());
  std::size_t total = 0;
  for (auto piece = rewriter.pull(); !piece.empty(); piece = rewriter.pull()) {
    EXPECT_LE(piece.size(), rewrite_window_bytes_max + EditText::kEditBytesMax);
    total += piece.size();
  }
  ASSERT_TRUE(rewriter.finish().has_value());
  EXPECT_TRUE(rewriter.pull().empty());
  EXPECT_TRUE(rewriter.understood());
  EXPECT_GT(total, body.size() + 300'000 * 14);
}

TEST(StreamingRewriter, RefusesReservedNamesAtOnce) {
  StreamingRewriter rewriter(StampRules{}, kTestStamp);
  ASSERT_TRUE(rewriter.feed(R"({"upsert_rows":[{"id":1,"_hevla)").has_value());
  rewriter.pull();
  rewriter.pull();
  const auto fed = rewriter.feed(R"(yer_x":1})");
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().code, ErrorCode::kValidation);
}

TEST(StreamingRewriter, BoundsWhatItKeepsBack) {
  const std::string body =
      R"({"upsert_rows":[{"id":1)" + std::string(rewrite_window_bytes_max + 1, ' ');
  const auto out = rewrite(body, StampRules{}, 4096);
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code, ErrorCode::kPayloadTooLarge);
}

TEST(StreamingRewriter, PassesOnWhatIsNoWrite) {
  for (const std::string body :
       {"", "not json at all", R"({"schema":{"a":"string"}})", R"({"upsert_rows":[1,{"id":2}]})",
        R"({"upsert_rows":{"id":2}})"}) {
    EXPECT_EQ(rewrite(body, StampRules{}, 3), body);
  }
}

TEST(StreamingRewriter, LosesNothingOfABodyThatBreaksOff) {
  EXPECT_EQ(rewrite(R"({"upsert_rows":[{"id":1},{"id":2,"a)", StampRules{}, 5),
            R"({"upsert_rows":[{"id":1,"_hevlayer_upserted_at":1712345678901},{"id":2,"a)");
}

}  // namespace
}  // namespace layer::features::writes
