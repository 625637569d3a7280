#include "features/namespaces/object_state_source.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "objects/memory_store.h"

namespace layer::features::namespaces {
namespace {

TEST(ObjectStateSource, TellsAbsentUnchangedAndFoundApart) {
  core::ManualClock clock;
  objects::MemoryStore objects(clock);
  ObjectStateSource source(objects);
  async::Loops loops(1);
  const auto read = [&](const std::string& etag) {
    return async::run_blocking(loops.at(0), [&] { return source.read(layout_key("docs"), etag); });
  };
  EXPECT_EQ(read("")->kind, StateObject::Kind::kAbsent);

  const auto etag = async::run_blocking(
      loops.at(0), [&] { return objects.put(layout_key("docs"), R"({"v":1})", {}); });
  const auto found = read("");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, StateObject::Kind::kFound);
  EXPECT_EQ(found->body, R"({"v":1})");
  EXPECT_EQ(found->etag, *etag);
  EXPECT_EQ(read(*etag)->kind, StateObject::Kind::kUnchanged);
}

}  // namespace
}  // namespace layer::features::namespaces
