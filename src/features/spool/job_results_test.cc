// Every line once, whatever happens between the writer and the object store.
#include "features/spool/job_results.h"

#include <gtest/gtest.h>

#include <random>

#include "async/loops.h"
#include "async/run.h"
#include "objects/faulty_store.h"
#include "objects/memory_store.h"

namespace layer::features::spool {
namespace {

using objects::Fault;
using objects::Operation;

constexpr std::string_view kJob = "0190aaaa-0000-7000-8000-000000000001";

class JobResultsTest : public ::testing::Test {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), std::move(make));
  }
  Result<ResultWriter> open(objects::ObjectStore& store, std::uint64_t epoch = 1) {
    // What comes out of a loop is made there before it is known: a writer is not.
    return *run([&]() -> async::Task<std::optional<Result<ResultWriter>>> {
      co_return co_await ResultWriter::open(store, pool, std::string(kJob), epoch);
    });
  }
  Result<void> append(ResultWriter& writer, std::string text, std::uint64_t lines,
                      std::string cursor) {
    return run([&] { return writer.append(text, lines, cursor); });
  }
  Result<void> flush(ResultWriter& writer) {
    return run([&] { return writer.flush(); });
  }
  Result<void> finish(ResultWriter& writer) {
    return run([&] { return writer.finish(); });
  }
  std::optional<Manifest> manifest() {
    auto read = run([&] { return read_manifest(memory, std::string(kJob)); });
    EXPECT_TRUE(read) << read.error().message;
    return *read;
  }
  // What a reader sees who takes `limit` lines at a time.
  std::string read_all(std::uint64_t limit = 1'000'000) {
    const auto now = manifest();
    std::string all;
    for (std::uint64_t at = 0; now && at < now->lines();) {
      auto lines = run([&] { return read_lines(memory, pool, *now, at, limit); });
      EXPECT_TRUE(lines) << lines.error().message;
      EXPECT_GT(lines->count, 0U);
      EXPECT_LE(lines->count, limit);
      at += lines->count;
      all += lines->text;
    }
    return all;
  }
  std::size_t objects_left() {
    return run([&] { return memory.list("jobs/", "", objects::kListMax); })->objects.size();
  }

  async::Loops loops{1};
  async::CpuPool pool{{}};
  core::SystemClock clock;
  objects::MemoryStore memory{clock};
};

TEST_F(JobResultsTest, lines_are_seen_once_they_are_flushed) {
  EXPECT_FALSE(manifest());
  auto writer = *open(memory);
  EXPECT_EQ(writer.cursor(), "");
  ASSERT_TRUE(append(writer, "{\"id\":1}\n{\"id\":2}\n", 2, "2"));
  EXPECT_EQ(read_all(), "");
  EXPECT_EQ(writer.lines(), 2U);
  ASSERT_TRUE(flush(writer));
  EXPECT_EQ(read_all(), "{\"id\":1}\n{\"id\":2}\n");
  EXPECT_EQ(manifest()->cursor, "2");
  EXPECT_FALSE(manifest()->complete);
  ASSERT_TRUE(finish(writer));
  EXPECT_TRUE(manifest()->complete);
  EXPECT_TRUE(open(memory, 2)->complete());
}

TEST_F(JobResultsTest, a_full_part_is_seen_without_being_asked_for) {
  auto writer = *open(memory);
  const std::string line = std::string(kPartBytes / 4, 'x') + "\n";
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(append(writer, line, 1, std::to_string(i)));
  }
  EXPECT_GE(manifest()->parts.size(), 2U);
  for (const Part& part : manifest()->parts) {
    EXPECT_LE(part.bytes, kPartBytes);
  }
}

TEST_F(JobResultsTest, a_line_larger_than_a_part_is_a_part) {
  auto writer = *open(memory);
  const std::string large = std::string(kPartBytes + 5, 'x') + "\n";
  ASSERT_TRUE(append(writer, "a\n" + large + "b\n", 3, "3"));
  EXPECT_EQ(manifest()->parts.size(), 3U);
  EXPECT_EQ(read_all(), "a\n" + large + "b\n");
}

TEST_F(JobResultsTest, readers_begin_at_any_line_and_take_as_many_as_they_want) {
  auto writer = *open(memory);
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const std::string text = std::to_string(2 * i) + "\n" + std::to_string((2 * i) + 1) + "\n";
    ASSERT_TRUE(append(writer, text, 2, std::to_string(i)));
    all += text;
    if (i % 7 == 0) {
      ASSERT_TRUE(flush(writer));
    }
  }
  ASSERT_TRUE(finish(writer));
  for (const std::uint64_t limit : {1U, 3U, 15U, 99U, 100U, 101U}) {
    EXPECT_EQ(read_all(limit), all);
  }
  const Manifest now = *manifest();
  const auto last = run([&] { return read_lines(memory, pool, now, 99, 10); });
  EXPECT_EQ(last->text, "99\n");
  const auto beyond = run([&] { return read_lines(memory, pool, now, 100, 10); });
  EXPECT_EQ(beyond->count, 0U);
}

TEST_F(JobResultsTest, a_writer_whose_lease_is_lost_shows_nothing_more) {
  auto old_one = *open(memory, 1);
  ASSERT_TRUE(append(old_one, "1\n", 1, "1"));
  ASSERT_TRUE(flush(old_one));
  ASSERT_TRUE(append(old_one, "2 of the old one\n", 1, "2"));
  auto new_one = *open(memory, 2);
  EXPECT_EQ(new_one.cursor(), "1");
  EXPECT_EQ(flush(old_one).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(open(memory, 1).error().code, ErrorCode::kCancelled);
  ASSERT_TRUE(append(new_one, "2\n", 1, "2"));
  ASSERT_TRUE(finish(new_one));
  EXPECT_EQ(finish(old_one).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(read_all(), "1\n2\n");
}

TEST_F(JobResultsTest, nothing_is_added_to_what_was_removed) {
  auto writer = *open(memory);
  ASSERT_TRUE(append(writer, "1\n", 1, "1"));
  ASSERT_TRUE(flush(writer));
  const Manifest before = *manifest();
  ASSERT_TRUE(run([&] { return remove_results(memory, std::string(kJob)); }));
  EXPECT_EQ(objects_left(), 0U);
  ASSERT_TRUE(append(writer, "2\n", 1, "2"));
  EXPECT_EQ(flush(writer).error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(manifest());
  const auto late = run([&] { return read_lines(memory, pool, before, 0, 10); });
  EXPECT_EQ(late.error().code, ErrorCode::kGone);
  ASSERT_TRUE(run([&] { return remove_results(memory, std::string(kJob)); }));
  EXPECT_EQ(objects_left(), 0U);
}

TEST_F(JobResultsTest, a_full_disk_is_an_error_after_which_the_next_run_goes_on) {
  bool full = false;
  objects::FaultyStore faulty(memory, [&](Operation operation, std::string_view) {
    return full && operation == Operation::kPut
               ? Fault{.kind = Fault::Kind::kBefore, .code = ErrorCode::kIo}
               : Fault{};
  });
  auto writer = *open(faulty);
  ASSERT_TRUE(append(writer, "1\n", 1, "1"));
  ASSERT_TRUE(flush(writer));
  full = true;
  ASSERT_TRUE(append(writer, "2\n", 1, "2"));
  EXPECT_EQ(flush(writer).error().code, ErrorCode::kIo);
  EXPECT_EQ(read_all(), "1\n");
  full = false;
  auto next = *open(faulty, 2);
  EXPECT_EQ(next.cursor(), "1");
  ASSERT_TRUE(append(next, "2\n", 1, "2"));
  ASSERT_TRUE(finish(next));
  EXPECT_EQ(read_all(), "1\n2\n");
}

TEST_F(JobResultsTest, damage_is_told_apart_from_no_results) {
  auto writer = *open(memory);
  ASSERT_TRUE(append(writer, "1\n2\n", 2, "2"));
  ASSERT_TRUE(finish(writer));
  const Manifest whole = *manifest();
  ASSERT_TRUE(run([&] { return memory.put(whole.parts[0].key, "odd", {}); }));
  EXPECT_EQ(run([&] { return read_lines(memory, pool, whole, 0, 1); }).error().code,
            ErrorCode::kCorrupt);
  for (const char* text : {"", "{}", R"({"v":2})", "[", R"({"v":1,"epoch":1,"parts":[{}]})"}) {
    ASSERT_TRUE(run([&] { return memory.put(manifest_key(kJob), text, {}); }));
    EXPECT_EQ(run([&] { return read_manifest(memory, std::string(kJob)); }).error().code,
              ErrorCode::kCorrupt);
  }
}

TEST_F(JobResultsTest, manifests_come_back_as_they_were_written) {
  Manifest manifest{.parts = {{.key = part_key(kJob, 0, "a"), .first = 0, .lines = 5, .bytes = 50},
                              {.key = part_key(kJob, 1, "b"), .first = 5, .lines = 1, .bytes = 9}},
                    .cursor = "{\"last\":\"ä\"}",
                    .complete = true,
                    .epoch = 7,
                    .writer = "b"};
  EXPECT_EQ(*parse_manifest(print_manifest(manifest), kJob), manifest);
  manifest.parts[1].first = 4;
  EXPECT_FALSE(parse_manifest(print_manifest(manifest), kJob));
  EXPECT_FALSE(parse_manifest(print_manifest(manifest), "another"));
}

// A job that writes lines 0 to `kLines`, over a store that fails at random, before or after it did
// what it was asked. Whoever looks in between sees a beginning of the lines.
TEST_F(JobResultsTest, no_line_is_lost_or_seen_twice_whatever_fails) {
  constexpr int kLines = 300;
  const auto seed = static_cast<unsigned>(std::random_device{}());
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  objects::FaultyStore faulty(memory, [&](Operation, std::string_view) {
    const auto roll = random() % 8;
    return Fault{.kind = roll == 0   ? Fault::Kind::kBefore
                         : roll == 1 ? Fault::Kind::kAfter
                                     : Fault::Kind::kNone};
  });
  const auto line = [](int number) {
    return std::to_string(number) + std::string(60'000, 'x') + "\n";
  };
  std::string expected;
  for (int i = 0; i < kLines; ++i) {
    expected += line(i);
  }
  std::uint64_t epoch = 0;
  for (bool done = false; !done;) {
    auto writer = open(faulty, epoch += random() % 2);
    if (!writer) {
      continue;
    }
    int at = writer->cursor().empty() ? 0 : std::stoi(writer->cursor());
    Result<void> ok;
    while (ok && at < kLines) {
      const int upto = std::min<int>(kLines, at + 1 + static_cast<int>(random() % 20));
      std::string text;
      for (int i = at; i < upto; ++i) {
        text += line(i);
      }
      ok = append(*writer, text, static_cast<std::uint64_t>(upto - at), std::to_string(upto));
      at = upto;
      if (ok && random() % 3 == 0) {
        ok = flush(*writer);
      }
    }
    done = ok && finish(*writer).has_value();
    ASSERT_TRUE(expected.starts_with(read_all()));
  }
  EXPECT_EQ(read_all(7), expected);
}

}  // namespace
}  // namespace layer::features::spool
