// Trace context: valid ones stay, others are replaced.
#include "gateway/trace.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, AValidOneIsKept) {
  const auto trace = Trace::parse(kGood);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->traceparent(), kGood);
  EXPECT_EQ(trace->id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(Trace::of({{"TraceParent", kGood}}).traceparent(), kGood);
}

TEST(Trace, LaterVersionsMayCarryMore) {
  const std::string later = "cc" + std::string(kGood.substr(2));
  EXPECT_TRUE(Trace::parse(later).has_value());
  EXPECT_EQ(Trace::parse(later + "-what-comes")->traceparent(), later);
  EXPECT_FALSE(Trace::parse(later + "x").has_value());
}

TEST(Trace, InvalidOnesAreRefused) {
  const std::string good(kGood);
  for (const std::string& text : {
           std::string(),
           good.substr(1),
           good + "0",
           good + "-00",
           std::string("ff") + good.substr(2),
           std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
           std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
           std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
           std::string("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
           std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g"),
       }) {
    EXPECT_FALSE(Trace::parse(text).has_value()) << text;
  }
}

TEST(Trace, NewOnesAreValidAndDiffer) {
  const Trace one = Trace::mint();
  EXPECT_TRUE(Trace::parse(one.traceparent()).has_value()) << one.traceparent();
  EXPECT_NE(one.id(), Trace::mint().id());
  EXPECT_TRUE(Trace::of({}).minted());
  EXPECT_TRUE(Trace::of({{"traceparent", kGood}, {"traceparent", kGood}}).minted());
  EXPECT_TRUE(Trace::of({{"traceparent", "nonsense"}}).minted());
}

}  // namespace
}  // namespace layer::gateway
