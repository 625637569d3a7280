// What only a real server can show, run by tests/objects.
#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "objects/s3/test_bucket.h"

namespace layer::objects {
namespace {

class BucketServer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!s3::TestBucket::given()) {
      GTEST_SKIP() << "needs a server of objects; ./test objects starts one";
    }
    S3Limits limits;
    limits.multipart_bytes_min = 5 << 20;
    limits.part_bytes = 5 << 20;
    bucket = std::make_unique<s3::TestBucket>(limits);
  }
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }

  async::Loops loops{1};
  std::unique_ptr<s3::TestBucket> bucket;
  std::string key = core::random_uuid() + "/large";
};

TEST_F(BucketServer, TakesLargeObjectsInParts) {
  const std::string bytes = core::random_bytes((11 << 20) + 17);
  const auto etag = run([&] { return bucket->store().put(key, bytes, {}); });
  ASSERT_TRUE(etag) << etag.error().message;
  const auto object = run([&] { return bucket->store().get(key); });
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_TRUE(object->bytes == bytes);
  EXPECT_EQ(object->etag, *etag);
  EXPECT_TRUE(etag->ends_with("-3")) << *etag;
  const auto range = run([&] { return bucket->store().get_range(key, 5 << 20, 1000); });
  ASSERT_TRUE(range);
  EXPECT_TRUE(*range == bytes.substr(5 << 20, 1000));
}

TEST_F(BucketServer, AConditionOnAnObjectMadeOfPartsHolds) {
  const std::string bytes = core::random_bytes(6 << 20);
  const auto etag = run([&] { return bucket->store().put(key, bytes, {}); });
  ASSERT_TRUE(etag) << etag.error().message;
  const auto absent = run([&] { return bucket->store().put(key, bytes, Condition::absent()); });
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kConflict);
  const auto next = run([&] { return bucket->store().put(key, "2", Condition::match(*etag)); });
  EXPECT_TRUE(next) << next.error().message;
}

}  // namespace
}  // namespace layer::objects
