#include "resources/directory_source.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

#include "resources/test_directory.h"
#include "testing/source_dir.h"

namespace layer::resources {
namespace {

std::string index(std::string_view name, std::string_view spec = "{}") {
  return fmt::format("apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {{name: {}}}\nspec: {}\n",
                     name, spec);
}

struct DirectorySourceTest : ::testing::Test {
  testing::TestDirectory directory;
  FileSecrets secrets{directory.path() / "secrets"};
  StatusTable statuses{wall_clock_ms};
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t changes = 0;
  std::unique_ptr<DirectorySource> source;  // last: its thread uses what stands above

  Result<void> start(std::chrono::milliseconds rescan = std::chrono::hours(1)) {
    source = std::make_unique<DirectorySource>(
        DirectorySource::Options{.directory = directory.path(),
                                 .debounce = std::chrono::milliseconds(5),
                                 .rescan_interval = rescan},
        secrets, statuses);
    source->on_change([this] {
      const std::scoped_lock lock(mutex);
      ++changes;
      changed.notify_all();
    });
    return source->start();
  }

  // Waits for callbacks until the catalog is as wanted. The limit only ends a broken test.
  template <class F>
  void wait_until(F wanted) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(60),
                                 [&] { return wanted(*source->current()); }));
  }
  Condition condition(std::string_view key, std::string_view type) const {
    const Status status = statuses.get(key);
    const Condition* found = find_condition(status.conditions, type);
    return found == nullptr ? Condition{} : *found;
  }
};

TEST_F(DirectorySourceTest, AllFilesAreReadBeforeStartReturns) {
  directory.write("a.yaml", index("a"));
  directory.write("deep/er/b.yml", index("b"));
  directory.write("c.json",
                  R"({"apiVersion":"hevlayer.com/v1","kind":"Index","metadata":{"name":"c"}})");
  directory.write("notes.txt", "nothing");
  directory.write(".hidden.yaml", index("hidden"));
  directory.write("secrets/x/not.yaml", index("secret"), 0600);
  ASSERT_TRUE(start());
  const auto catalog = source->current();
  EXPECT_EQ(catalog->all<IndexSpec>().size(), 3U);
  EXPECT_NE(catalog->find<IndexSpec>("b"), nullptr);
  EXPECT_TRUE(catalog->mistakes().empty());
  EXPECT_EQ(condition("Index/a", "Ready").status, ConditionStatus::kTrue);
}

TEST_F(DirectorySourceTest, ChangesArriveWhileItRuns) {
  ASSERT_TRUE(start());
  const auto before = source->current();
  directory.write("new/folder/a.yaml", index("a"));
  wait_until([](const Catalog& c) { return c.find<IndexSpec>("a") != nullptr; });
  EXPECT_EQ(before->find<IndexSpec>("a"), nullptr) << "a catalog in use does not change";
  directory.write("new/folder/a.yaml", index("a", "{stamp: false}"));
  wait_until([](const Catalog& c) { return !c.find<IndexSpec>("a")->spec->stamp; });
  EXPECT_EQ(source->current()->find<IndexSpec>("a")->metadata.generation, 2U);
  std::filesystem::remove_all(directory.path() / "new");
  wait_until([](const Catalog& c) { return c.all<IndexSpec>().empty(); });
  EXPECT_TRUE(statuses.get("Index/a").conditions.empty());
}

TEST_F(DirectorySourceTest, AFileThatDoesNotParseKeepsItsObjects) {
  directory.write("a.yaml", index("a", "{stamp: false}"));
  ASSERT_TRUE(start());
  directory.write("a.yaml", "kind: [");
  wait_until([](const Catalog& c) { return !c.mistakes().empty(); });
  ASSERT_NE(source->current()->find<IndexSpec>("a"), nullptr);
  EXPECT_FALSE(source->current()->find<IndexSpec>("a")->spec->stamp);
  EXPECT_EQ(condition("Index/a", "Accepted").status, ConditionStatus::kFalse);
  EXPECT_EQ(condition("Index/a", "Accepted").reason, "ParseError");
  directory.write("a.yaml", index("a"));
  wait_until([](const Catalog& c) { return c.mistakes().empty(); });
  EXPECT_EQ(condition("Index/a", "Accepted").reason, "SchemaValid");
}

TEST_F(DirectorySourceTest, ANewSecretIsNoticed) {
  directory.write("a.yaml",
                  "apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\nmetadata: {name: a}\n"
                  "spec: {kind: turbopuffer, endpoint: {url: 'https://a'}, credential: "
                  "{secretRef: {name: s, key: k}}}\n");
  directory.make_directory(directory.path() / "secrets");
  ASSERT_TRUE(start());
  EXPECT_EQ(condition("VectorStore/a", "CredentialResolved").reason, "NotFound");
  EXPECT_EQ(condition("VectorStore/a", "Ready").status, ConditionStatus::kFalse);
  const auto resolved = [&](const Catalog&) {
    return condition("VectorStore/a", "CredentialResolved").status == ConditionStatus::kTrue;
  };
  directory.write("secrets/s/k", "one", 0600);
  wait_until(resolved);
  const auto revision = source->current()->revision();
  std::size_t seen = 0;
  {
    const std::scoped_lock lock(mutex);
    seen = changes;
  }
  directory.write("secrets/s/k", "two", 0600);
  wait_until([&](const Catalog&) { return changes > seen; });
  EXPECT_EQ(source->current()->revision(), revision) << "no object changed";
}

TEST_F(DirectorySourceTest, ARescanFindsWhatNoWatchTold) {
  ASSERT_TRUE(start(std::chrono::milliseconds(1)));
  directory.write("a.yaml", index("a"));
  wait_until([](const Catalog& c) { return c.find<IndexSpec>("a") != nullptr; });
}

TEST_F(DirectorySourceTest, WhatOthersMayWriteToKeepsItFromStarting) {
  directory.write("a.yaml", index("a"), 0666);
  directory.write("sub/b.yaml", index("b"));
  ::chmod((directory.path() / "sub").c_str(), 0777);
  const auto refused = start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("a.yaml: everybody may write to it"), std::string::npos);
  EXPECT_NE(refused.error().message.find("sub: everybody may write to it"), std::string::npos);
}

TEST_F(DirectorySourceTest, AFileThatOthersMayWriteLaterIsNotRead) {
  directory.write("a.yaml", index("a"));
  ASSERT_TRUE(start());
  directory.write("a.yaml", index("a", "{stamp: false}"), 0666);
  wait_until([](const Catalog& c) { return !c.mistakes().empty(); });
  EXPECT_TRUE(source->current()->find<IndexSpec>("a")->spec->stamp);
}

TEST_F(DirectorySourceTest, ADirectoryThatIsNotThereIsAnError) {
  source = std::make_unique<DirectorySource>(
      DirectorySource::Options{.directory = directory.path() / "nowhere"}, secrets, statuses);
  const auto refused = source->start();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("nowhere: No such file or directory"), std::string::npos);
}

TEST_F(DirectorySourceTest, LinksThatLeadInCirclesEnd) {
  directory.write("a.yaml", index("a"));
  std::filesystem::create_directory_symlink(directory.path(), directory.path() / "loop");
  std::filesystem::create_symlink("self.yaml", directory.path() / "self.yaml");
  std::filesystem::create_symlink("nowhere", directory.path() / "dangling.yaml");
  ASSERT_TRUE(start());
  EXPECT_EQ(source->current()->all<IndexSpec>().size(), 1U);
  std::string all;
  for (const Mistake& mistake : source->current()->mistakes()) {
    all += to_string(mistake) + "\n";
  }
  EXPECT_EQ(all,
            "dangling.yaml: cannot be read: No such file or directory\n"
            "loop: cannot be read: leads to a directory that was read already\n"
            "self.yaml: cannot be read: Too many levels of symbolic links\n");
}

TEST_F(DirectorySourceTest, DirectoriesAreNotFollowedWithoutEnd) {
  std::string name = "d";
  for (std::size_t i = 0; i < limits::directory_depth_max; ++i) {
    name += "/d";
  }
  directory.write(name + "/a.yaml", index("a"));
  const auto refused = start();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("deeper than 16"), std::string::npos);
}

}  // namespace
}  // namespace layer::resources
