#include "features/presence/presence.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "async/loops.h"
#include "async/run.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"

namespace layer::features::presence {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class PresenceTest : public ::testing::Test {
 protected:
  Presence::Parts parts(std::string gateway, objects::ObjectStore& objects) {
    return {.objects = objects,
            .clock = clock_,
            .log = log_,
            .metrics = metrics_,
            .loop = loops_.at(0),
            .gateway = std::move(gateway),
            .tell_alone = [this](bool alone) { told_.push_back(alone); }};
  }
  Result<bool> beat(Presence& presence) {
    return async::run_blocking(loops_.at(0), [&] { return presence.beat(); });
  }
  std::vector<std::string> present() {
    const auto listing = async::run_blocking(
        loops_.at(0), [&] { return objects_.list("system/gateways/", "", 100); });
    std::vector<std::string> keys;
    for (const auto& object : listing.value().objects) {
      keys.push_back(object.key);
    }
    return keys;
  }

  core::ManualClock clock_;
  core::Logger log_{{.level = core::LogLevel::kOff}};
  core::Metrics metrics_;
  async::Loops loops_{1, "presence"};
  objects::MemoryStore objects_{clock_};
  std::vector<bool> told_;
};

TEST_F(PresenceTest, AGatewayAloneIsAlone) {
  Presence one(parts("one", objects_));
  EXPECT_TRUE(beat(one).value());
  EXPECT_EQ(present(), std::vector<std::string>{"system/gateways/one.json"});
}

TEST_F(PresenceTest, TwoSeeEachOther) {
  Presence one(parts("one", objects_));
  Presence two(parts("two", objects_));
  ASSERT_TRUE(beat(one).value());
  EXPECT_FALSE(beat(two).value());
  EXPECT_FALSE(beat(one).value());
}

TEST_F(PresenceTest, OneThatWasSilentForAMinuteIsGoneAndForgottenAfterAnHour) {
  Presence one(parts("one", objects_));
  Presence two(parts("two", objects_));
  ASSERT_TRUE(beat(one).value());
  clock_.advance(kLiveFor);
  EXPECT_FALSE(beat(two).value());
  clock_.advance(seconds(1));
  EXPECT_TRUE(beat(two).value());
  EXPECT_EQ(present().size(), 2U);
  clock_.advance(hours(1));
  EXPECT_TRUE(beat(two).value());
  EXPECT_EQ(present(), std::vector<std::string>{"system/gateways/two.json"});
}

TEST_F(PresenceTest, AtTheStartOthersAreKnownAndAtTheEndTheOwnObjectGoes) {
  Presence other(parts("other", objects_));
  ASSERT_TRUE(beat(other).value());
  Presence one(parts("one", objects_));
  one.start();
  EXPECT_EQ(told_, std::vector<bool>{false});
  one.stop();
  EXPECT_EQ(present(), std::vector<std::string>{"system/gateways/other.json"});
}

TEST_F(PresenceTest, AnObjectStoreThatIsDownChangesNothing) {
  objects::FaultyStore faulty(objects_, [](objects::Operation, std::string_view) {
    return objects::Fault{.kind = objects::Fault::Kind::kBefore};
  });
  Presence one(parts("one", faulty));
  EXPECT_FALSE(beat(one));
  one.start();
  EXPECT_TRUE(told_.empty());
  one.stop();
}

}  // namespace
}  // namespace layer::features::presence
