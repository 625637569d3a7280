// What every kind of object store promises, run over each of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>

#include "async/loops.h"
#include "async/run.h"
#include "async/task_group.h"
#include "core/random.h"
#include "objects/directory_store.h"
#include "objects/faulty_store.h"
#include "objects/measured_store.h"
#include "objects/memory_store.h"
#include "objects/prefixed_store.h"
#include "objects/probe.h"
#include "objects/s3/test_bucket.h"

namespace layer::objects {
namespace {

// A store with what it needs around it.
class World {
 public:
  virtual ~World() = default;
  virtual ObjectStore& store() = 0;
};

class MemoryWorld : public World {
 public:
  ObjectStore& store() override { return store_; }

 private:
  core::SystemClock clock_;
  MemoryStore store_{clock_};
};

class DirectoryWorld : public World {
 public:
  DirectoryWorld()
      : root_(std::filesystem::temp_directory_path() / ("objects-" + core::random_uuid())),
        store_(std::move(*DirectoryStore::open(root_, pool_))) {}
  ~DirectoryWorld() override { std::filesystem::remove_all(root_); }
  ObjectStore& store() override { return *store_; }

 private:
  std::filesystem::path root_;
  async::CpuPool pool_{{.name = "objects", .threads = 4}};
  std::unique_ptr<DirectoryStore> store_;
};

class UntroubledWorld : public World {
 public:
  ObjectStore& store() override { return store_; }

 private:
  MemoryWorld inner_;
  FaultyStore store_{inner_.store(), [](Operation, std::string_view) { return Fault{}; }};
};

class MeasuredWorld : public World {
 public:
  ObjectStore& store() override { return store_; }

 private:
  core::Metrics metrics_;
  MemoryWorld inner_;
  MeasuredStore store_{inner_.store(), metrics_};
};

class PrefixedWorld : public World {
 public:
  ObjectStore& store() override { return store_; }

 private:
  MemoryWorld inner_;
  PrefixedStore store_{inner_.store(), "a/deployment/"};
};

// A folder of its own in the bucket of a real server.
class S3World : public World {
 public:
  ObjectStore& store() override { return store_; }

 private:
  s3::TestBucket bucket_;
  PrefixedStore store_{bucket_.store(), core::random_uuid().substr(0, 8) + '/'};
};

struct Kind {
  std::string name;
  std::unique_ptr<World> (*make)();
};

class ObjectStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }

  Result<std::string> put(std::string key, std::string bytes, Condition condition = {}) {
    return run([&] { return store.put(key, bytes, condition); });
  }
  Result<Object> get(std::string key) {
    return run([&] { return store.get(key); });
  }
  std::string bytes(std::string key) {
    const auto object = get(std::move(key));
    return object ? object->bytes : std::string(core::info(object.error().code).name);
  }
  Result<void> remove(std::string key) {
    return run([&] { return store.remove(key); });
  }
  std::vector<std::string> keys(std::string prefix, std::string after = "",
                                std::size_t limit = kListMax) {
    const auto listing = run([&] { return store.list(prefix, after, limit); });
    EXPECT_TRUE(listing) << listing.error().message;
    std::vector<std::string> keys;
    for (const ListedObject& object : listing ? listing->objects : std::vector<ListedObject>{}) {
      keys.push_back(object.key);
    }
    return keys;
  }
  template <class T>
  static ErrorCode code(const Result<T>& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  }

  async::Loops loops{1};
  std::unique_ptr<World> world = GetParam().make();
  ObjectStore& store = world->store();
};

TEST_P(ObjectStoreTest, GivesBackWhatWasPut) {
  const std::string binary = core::random_bytes(100'000);
  ASSERT_TRUE(put("a/b.json", "one"));
  ASSERT_TRUE(put("a/b.json", "two"));
  ASSERT_TRUE(put("a/empty", ""));
  ASSERT_TRUE(put("a/binary", binary));
  EXPECT_EQ(bytes("a/b.json"), "two");
  EXPECT_EQ(bytes("a/empty"), "");
  EXPECT_EQ(bytes("a/binary"), binary);
}

TEST_P(ObjectStoreTest, SaysWhatIsNotThere) {
  EXPECT_EQ(code(get("nothing")), ErrorCode::kNotFound);
  EXPECT_EQ(code(run([&] { return store.head("no/thing"); })), ErrorCode::kNotFound);
  EXPECT_EQ(code(run([&] { return store.get_range("nothing", 0, 1); })), ErrorCode::kNotFound);
  EXPECT_EQ(code(run([&] { return store.get_if_changed("nothing", "x"); })), ErrorCode::kNotFound);
  ASSERT_TRUE(put("a/b", "x"));
  EXPECT_EQ(code(get("a")), ErrorCode::kNotFound) << "a folder is not an object";
  EXPECT_EQ(code(get("a/b/c")), ErrorCode::kNotFound);
}

TEST_P(ObjectStoreTest, TheEtagChangesWithTheBytes) {
  const auto first = put("k", "1");
  const auto second = put("k", "2");
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_EQ(get("k")->etag, *second);
  const auto head = run([&] { return store.head("k"); });
  ASSERT_TRUE(head);
  EXPECT_EQ(head->etag, *second);
  EXPECT_EQ(head->size, 1U);
  EXPECT_GT(head->modified_ms, 1'600'000'000'000);
}

TEST_P(ObjectStoreTest, ReadsAgainOnlyWhatChanged) {
  const std::string etag = put("k", "1").value_or("");
  const auto same = run([&] { return store.get_if_changed("k", etag); });
  ASSERT_TRUE(same);
  EXPECT_FALSE(*same);
  put("k", "2");
  const auto changed = run([&] { return store.get_if_changed("k", etag); });
  ASSERT_TRUE(changed && *changed);
  EXPECT_EQ((*changed)->bytes, "2");
}

TEST_P(ObjectStoreTest, RangesEndWhereTheObjectDoes) {
  put("k", "0123456789");
  const auto range = [&](std::uint64_t offset, std::uint64_t length) {
    return run([&] { return store.get_range("k", offset, length); }).value_or("error");
  };
  EXPECT_EQ(range(0, 3), "012");
  EXPECT_EQ(range(7, 100), "789");
  EXPECT_EQ(range(9, 1), "9");
  EXPECT_EQ(range(10, 1), "");
  EXPECT_EQ(range(3, 0), "");
  EXPECT_EQ(range(~std::uint64_t{0}, ~std::uint64_t{0}), "");
}

TEST_P(ObjectStoreTest, RemovingTwiceIsRemoving) {
  put("a/b/c", "x");
  EXPECT_TRUE(remove("a/b/c"));
  EXPECT_TRUE(remove("a/b/c"));
  EXPECT_TRUE(remove("never/was"));
  EXPECT_EQ(code(get("a/b/c")), ErrorCode::kNotFound);
  EXPECT_EQ(keys(""), std::vector<std::string>{});
}

TEST_P(ObjectStoreTest, PutsOnlyIfAbsent) {
  EXPECT_TRUE(put("k", "first", Condition::absent()));
  EXPECT_EQ(code(put("k", "second", Condition::absent())), ErrorCode::kConflict);
  EXPECT_EQ(bytes("k"), "first");
  remove("k");
  EXPECT_TRUE(put("k", "third", Condition::absent()));
}

TEST_P(ObjectStoreTest, PutsOnlyOverTheVersionThatWasRead) {
  EXPECT_EQ(code(put("k", "0", Condition::match("any"))), ErrorCode::kConflict);
  const std::string first = put("k", "1").value_or("");
  EXPECT_TRUE(put("k", "2", Condition::match(first)));
  EXPECT_EQ(code(put("k", "3", Condition::match(first))), ErrorCode::kConflict);
  EXPECT_EQ(bytes("k"), "2");
}

TEST_P(ObjectStoreTest, KeepsThePromisesThatTheProbeAsksFor) {
  const auto probed = run([&] { return probe(store); });
  EXPECT_TRUE(probed) << probed.error().message;
  EXPECT_EQ(keys(""), std::vector<std::string>{});
}

TEST_P(ObjectStoreTest, OfManyConditionalPutsAtOnceOneWins) {
  constexpr std::size_t kRacers = 8;
  int won = 0;
  run([&]() -> async::Task<> {
    async::TaskGroup racers(loops.at(0));
    for (std::size_t i = 0; i < kRacers; ++i) {
      racers.spawn([](ObjectStore& s, std::string text, int& winners) -> async::Task<> {
        const auto result = co_await s.put("race/once", text, Condition::absent());
        winners += result ? 1 : 0;
      }(store, std::to_string(i), won));
    }
    co_await racers.join();
  });
  EXPECT_EQ(won, 1);
}

// Compare and swap loses no increment, which needs every winner to have seen the one before.
TEST_P(ObjectStoreTest, CountingByCompareAndSwapLosesNothing) {
  constexpr int kWorkers = 4;
  constexpr int kEach = 10;
  put("counter", "0");
  run([&]() -> async::Task<> {
    async::TaskGroup workers(loops.at(0));
    for (int i = 0; i < kWorkers; ++i) {
      workers.spawn([](ObjectStore& s) -> async::Task<> {
        for (int done = 0; done < kEach;) {
          const auto now = co_await s.get("counter");
          const auto next = std::to_string(std::stoi(now->bytes) + 1);
          const auto result = co_await s.put("counter", next, Condition::match(now->etag));
          done += result ? 1 : 0;
        }
      }(store));
    }
    co_await workers.join();
  });
  EXPECT_EQ(bytes("counter"), std::to_string(kWorkers * kEach));
}

TEST_P(ObjectStoreTest, ListsInTheOrderOfBytes) {
  // '!' and '.' sort before '/', letters after it: an object beside a folder of its name.
  const std::vector<std::string> sorted{"a", "a!", "a.b", "a/b", "a/b/c", "aa", "b", "\xc3\xa9"};
  for (const std::string& key : {"b", "a/b/c", "\xc3\xa9", "a", "aa", "a/b", "a.b", "a!"}) {
    ASSERT_TRUE(put(key, "x")) << key;
  }
  EXPECT_EQ(keys(""), sorted);
  EXPECT_EQ(keys("a/"), (std::vector<std::string>{"a/b", "a/b/c"}));
  EXPECT_EQ(keys("a/b"), (std::vector<std::string>{"a/b", "a/b/c"}));
  EXPECT_EQ(keys("a/b/"), (std::vector<std::string>{"a/b/c"}));
  EXPECT_EQ(keys("c"), std::vector<std::string>{});
  EXPECT_EQ(keys("", "a.b"), (std::vector<std::string>{sorted.begin() + 3, sorted.end()}));
  EXPECT_EQ(keys("a/", "a/b"), (std::vector<std::string>{"a/b/c"}));
  EXPECT_EQ(keys("a/", "z"), std::vector<std::string>{});
}

TEST_P(ObjectStoreTest, ListsWithSizesAndSaysWhenThereIsMore) {
  put("p/1", "x");
  put("p/2", "xx");
  const auto list = [&](std::string after, std::size_t limit) {
    return *run([&] { return store.list("p/", after, limit); });
  };
  EXPECT_TRUE(list("", 1).more);
  EXPECT_FALSE(list("", 2).more);
  EXPECT_FALSE(list("p/1", 1).more);
  EXPECT_EQ(list("p/1", 1).objects.at(0).size, 2U);
  EXPECT_EQ(code(run([&] { return store.list("", "", 0); })), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(run([&] { return store.list("", "", kListMax + 1); })),
            ErrorCode::kInvalidArgument);
}

TEST_P(ObjectStoreTest, PagesOfRandomKeysAreTheSortedKeys) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string_view alphabet = "ab./%~- ";
  std::map<std::string, std::string> expected;
  while (expected.size() < 60) {
    std::string key;
    for (std::size_t i = 0, size = 1 + random() % 6; i < size; ++i) {
      key += alphabet[random() % alphabet.size()];
    }
    if (check_key(key)) {
      expected[key] = std::to_string(random());
      ASSERT_TRUE(put(key, expected[key])) << key;
    }
  }
  std::vector<std::string> paged;
  for (auto page = keys("", "", 7); !page.empty(); page = keys("", page.back(), 7)) {
    paged.insert(paged.end(), page.begin(), page.end());
  }
  std::vector<std::string> sorted;
  for (const auto& [key, text] : expected) {
    sorted.push_back(key);
    EXPECT_EQ(bytes(key), text) << key;
  }
  EXPECT_EQ(paged, sorted);
}

TEST_P(ObjectStoreTest, RefusesKeysThatAreNone) {
  for (const std::string key : {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.",
                                "\xff", "a\xc3", "a\nb", "\xed\xa0\x80", "\xc0\xaf"}) {
    EXPECT_EQ(code(put(key, "x")), ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(code(get(key)), ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(code(remove(key)), ErrorCode::kInvalidArgument) << key;
  }
  EXPECT_EQ(code(put(std::string("a\0b", 3), "x")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(put(std::string(kKeySegmentBytesMax + 1, 'a'), "x")), ErrorCode::kInvalidArgument);
  std::string deep = "a";
  while (deep.size() < kKeyBytesMax) {
    deep += "/a";
  }
  EXPECT_EQ(code(put(deep, "x")), ErrorCode::kInvalidArgument);
}

TEST_P(ObjectStoreTest, TakesTheLongestAndTheStrangestKeys) {
  std::string deep = std::string(kKeySegmentBytesMax, 'a');
  for (int i = 0; i < 3; ++i) {
    deep += "/" + std::string(kKeySegmentBytesMax, 'b');
  }
  for (const std::string& key :
       {deep, std::string("...") + "/...", std::string(".tmp/x"), std::string(".lock/00"),
        std::string("%41"), std::string("a~/b~"), std::string("\xf0\x9f\x98\x80/ \\:*?\"<>|")}) {
    ASSERT_TRUE(put(key, key)) << key;
    EXPECT_EQ(bytes(key), key);
    EXPECT_EQ(keys(key), std::vector<std::string>{key});
  }
}

std::vector<Kind> kinds() {
  std::vector<Kind> all{{"memory", [] { return std::unique_ptr<World>(new MemoryWorld); }},
                        {"file", [] { return std::unique_ptr<World>(new DirectoryWorld); }},
                        {"measured", [] { return std::unique_ptr<World>(new MeasuredWorld); }},
                        {"prefixed", [] { return std::unique_ptr<World>(new PrefixedWorld); }},
                        {"untroubled", [] { return std::unique_ptr<World>(new UntroubledWorld); }}};
  if (s3::TestBucket::given()) {  // tests/objects gives one
    all.push_back({"s3", [] { return std::unique_ptr<World>(new S3World); }});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Kinds, ObjectStoreTest, ::testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace layer::objects
