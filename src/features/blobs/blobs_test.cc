#include "features/blobs/blobs.h"

#include <gtest/gtest.h>

#include <map>

#include "async/loops.h"
#include "async/run.h"
#include "features/blobs/blob_hash.h"
#include "features/blobs/content_type.h"
#include "features/blobs/purge_blobs.h"
#include "features/namespaces/layout.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"

namespace layer::features::blobs {
namespace {

// Just enough of a record store: one set after the other, whole records.
class MapRecords final : public cache::RecordStore {
 public:
  async::Task<Result<std::vector<std::optional<cache::Record>>>> get(std::string set,
                                                                     std::vector<std::string> keys,
                                                                     cache::BinSet) override {
    if (down) {
      co_return fail(ErrorCode::kUnavailable, "down");
    }
    std::vector<std::optional<cache::Record>> found;
    for (const std::string& key : keys) {
      const auto at = records.find(set + '/' + key);
      found.push_back(at == records.end() ? std::nullopt : std::optional(at->second));
    }
    co_return found;
  }
  async::Task<Result<std::vector<cache::PutOutcome>>> put(std::string set,
                                                          std::vector<cache::Put> puts) override {
    if (down) {
      co_return fail(ErrorCode::kUnavailable, "down");
    }
    for (cache::Put& each : puts) {
      records[set + '/' + each.key] = {.bins = std::move(each.bins), .version = 1};
    }
    co_return std::vector<cache::PutOutcome>(puts.size());
  }
  async::Task<Result<void>> remove(std::string, std::vector<std::string>) override {
    co_return Result<void>{};
  }
  async::Task<Result<cache::ScanPage>> scan(std::string, std::string, std::size_t,
                                            cache::BinSet) override {
    co_return cache::ScanPage{};
  }
  async::Task<Result<std::uint64_t>> count(std::string) override { co_return records.size(); }
  async::Task<Result<void>> truncate(std::string set) override {
    std::erase_if(records, [&](const auto& each) { return each.first.starts_with(set + '/'); });
    co_return Result<void>{};
  }
  async::Task<Result<std::uint64_t>> losses(std::string) override { co_return 0; }
  std::string_view kind() const override { return "map"; }
  bool shared() const override { return false; }
  std::uint64_t connection_generation() const override { return 0; }

  std::map<std::string, cache::Record> records;
  bool down = false;
};

class BlobsTest : public ::testing::Test {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  Result<Blobs::Stored> put(const std::string& bytes, bool warm = false, std::string ns = "docs") {
    http::StringBody body(bytes);
    return run([&] { return blobs.put(ns, body, warm); });
  }
  BlobRef ref(const std::string& bytes, std::string ns = "docs") {
    return {.ns = std::move(ns), .sha256 = BlobHash::of(bytes)};
  }
  std::string get(const BlobRef& wanted) {
    auto found = run([&] { return blobs.get(wanted); });
    if (!found) {
      return std::string(core::info(found.error().code).name);
    }
    cached = found->cached;
    return *found->bytes;
  }
  void write_object(const std::string& key, const std::string& bytes) {
    ASSERT_TRUE(run([&] { return memory.put(key, bytes, {}); }));
  }

  async::Loops loops{1};
  async::CpuPool pool{{.name = "codec"}};
  core::ManualClock clock;
  core::Metrics metrics;
  objects::MemoryStore memory{clock};
  bool objects_down = false;
  objects::FaultyStore objects{memory, [this](objects::Operation, std::string_view) {
                                 return objects::Fault{.kind = objects_down
                                                                   ? objects::Fault::Kind::kBefore
                                                                   : objects::Fault::Kind::kNone};
                               }};
  MapRecords records;
  Blobs blobs{{.objects = &objects, .cache = &records, .pool = pool, .metrics = metrics}};
  Blobs::Cached cached{};
};

TEST(BlobRef, IsReadAndPrinted) {
  const BlobRef ref{.ns = "docs", .sha256 = std::string(64, 'a')};
  EXPECT_EQ(print_ref(ref), "blob://docs/" + ref.sha256);
  EXPECT_EQ(parse_ref(print_ref(ref)), ref);
  for (const std::string& text :
       {std::string(), std::string("blob://docs"), "blob:///" + ref.sha256,
        "blob://a b/" + ref.sha256, "blob://../" + ref.sha256, "http://docs/" + ref.sha256,
        "blob://docs/" + std::string(64, 'A'), "blob://docs/" + std::string(65, 'a')}) {
    EXPECT_EQ(parse_ref(text), std::nullopt) << text;
  }
}

TEST(ContentType, IsToldByTheFirstBytes) {
  EXPECT_EQ(sniff_content_type("\xFF\xD8\xFF\xE0"), "image/jpeg");
  EXPECT_EQ(sniff_content_type("GIF89a"), "image/gif");
  EXPECT_EQ(sniff_content_type("RIFF....WEBPVP8 "), "image/webp");
  EXPECT_EQ(sniff_content_type("RIFF....WAVE"), "application/octet-stream");
  EXPECT_EQ(sniff_content_type("<html>"), "application/octet-stream");
  EXPECT_EQ(sniff_content_type(""), "application/octet-stream");
}

TEST_F(BlobsTest, IdenticalContentIsStoredOnce) {
  const auto first = put("bytes");
  ASSERT_TRUE(first);
  const auto head = run([&] { return memory.head(blob_key(first->ref)); });
  clock.advance(std::chrono::hours(1));
  ASSERT_TRUE(put("bytes"));
  const auto again = run([&] { return memory.head(blob_key(first->ref)); });
  EXPECT_EQ(head->etag, again->etag);
  EXPECT_EQ(get(first->ref), "bytes");
}

TEST_F(BlobsTest, AReadFillsTheCacheAndAWarmPutToo) {
  ASSERT_TRUE(put("cold"));
  EXPECT_EQ(get(ref("cold")), "cold");
  EXPECT_EQ(cached, Blobs::Cached::kMiss);
  EXPECT_EQ(get(ref("cold")), "cold");
  EXPECT_EQ(cached, Blobs::Cached::kHit);
  ASSERT_TRUE(put("warm", true));
  EXPECT_TRUE(records.records.contains("blob_docs/" + BlobHash::of("warm")));
}

TEST_F(BlobsTest, CachedBlobsAreServedWhileTheObjectStoreIsDown) {
  ASSERT_TRUE(put("kept", true));
  ASSERT_TRUE(put("cold"));
  objects_down = true;
  EXPECT_EQ(get(ref("kept")), "kept");
  EXPECT_EQ(get(ref("cold")), core::info(ErrorCode::kUpstream).name);
  EXPECT_EQ(put("new").error().code, ErrorCode::kUpstream);
}

TEST_F(BlobsTest, ACacheThatIsDownIsPassedBy) {
  ASSERT_TRUE(put("bytes"));
  records.down = true;
  EXPECT_EQ(get(ref("bytes")), "bytes");
  EXPECT_EQ(cached, Blobs::Cached::kBypass);
  EXPECT_TRUE(put("more", true));
}

TEST_F(BlobsTest, DamagedBytesAreNotServed) {
  write_object(blob_key(ref("good")), "evil");
  const auto found = run([&] { return blobs.get(ref("good")); });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUpstream);
  EXPECT_TRUE(records.records.empty());
  EXPECT_NE(metrics.print().find(R"(layer_blob_mismatches_total{namespace="docs"} 1)"),
            std::string::npos);
}

TEST_F(BlobsTest, AreFoundUnderAncestors) {
  ASSERT_TRUE(put("inherited", false, "grandparent"));
  write_object(lineage_key("docs"), R"({"v":1,"branched_from":[{"namespace":"parent","at":1}],)"
                                    R"("ancestors":["parent","grandparent","../x",7]})");
  EXPECT_EQ(get(ref("inherited")), "inherited");
  const auto head = run([&] { return blobs.head(ref("inherited, not fetched")); });
  EXPECT_EQ(head.error().code, ErrorCode::kNotFound);
  write_object(lineage_key("docs"), "nonsense");
  EXPECT_EQ(get(ref("other")), core::info(ErrorCode::kUpstream).name);
}

TEST_F(BlobsTest, AWarmFetchesWithinItsBudget) {
  using Kind = Blobs::Warmed::Kind;
  ASSERT_TRUE(put("0123456789"));
  const auto fetch = [&](const std::string& bytes, std::uint64_t budget) {
    return *run([&] { return blobs.fetch_into_cache(ref(bytes), budget); });
  };
  EXPECT_EQ(fetch("0123456789", 9).kind, Kind::kOverBudget);
  EXPECT_EQ(fetch("0123456789", 9).bytes, 10U);
  EXPECT_TRUE(records.records.empty());
  EXPECT_EQ(fetch("0123456789", 10).kind, Kind::kFetched);
  EXPECT_EQ(fetch("0123456789", 10).kind, Kind::kAlreadyThere);
  EXPECT_EQ(fetch("never put", 10).kind, Kind::kMissing);
  ASSERT_TRUE(put("unkept"));
  records.down = true;
  EXPECT_EQ(fetch("unkept", 10).kind, Kind::kNoRoom);
}

TEST_F(BlobsTest, WithoutAnObjectStoreThereAreNone) {
  Blobs off{{.objects = nullptr, .cache = &records, .pool = pool, .metrics = metrics}};
  EXPECT_EQ(run([&] { return off.get(ref("x")); }).error().code,
            ErrorCode::kObjectStoreNotConfigured);
  http::StringBody body("x");
  EXPECT_EQ(run([&] { return off.put("docs", body, false); }).error().code,
            ErrorCode::kObjectStoreNotConfigured);
}

TEST_F(BlobsTest, ADeleteTakesTheBlobsOfTheNamespaceUnlessBranchesNeedThem) {
  const auto stored = put("bytes", true);
  deletions::PurgeIntent intent;
  intent.ns = "docs";
  intent.cutoff_ms = clock.wall_ms();
  BlobObjectsPlace place(memory);
  write_object(lineage_key("docs"), R"({"v":1,"children":["branch"]})");
  ASSERT_TRUE(run([&] { return place.purge(intent); }));
  EXPECT_TRUE(run([&] { return memory.head(blob_key(stored->ref)); }));
  write_object(lineage_key("docs"), R"({"v":1,"children":[]})");
  ASSERT_TRUE(run([&] { return place.purge(intent); }));
  EXPECT_FALSE(run([&] { return memory.head(blob_key(stored->ref)); }));
  BlobCachePlace cached_place(&records);
  ASSERT_TRUE(run([&] { return cached_place.purge(intent); }));
  EXPECT_TRUE(records.records.empty());
}

TEST_F(BlobsTest, ABlobPutAgainAfterADeleteIsYoungerThanTheDelete) {
  const auto stored = put("bytes");
  clock.advance(std::chrono::seconds(1));
  const std::int64_t deleted_at = clock.wall_ms();
  write_object(namespaces::tombstone_key("docs"),
               namespaces::print_tombstone({.incarnation = 1, .deleted_at_ms = deleted_at}));
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(put("bytes"));
  EXPECT_GT(run([&] { return memory.head(blob_key(stored->ref)); })->modified_ms, deleted_at);
}

}  // namespace
}  // namespace layer::features::blobs
