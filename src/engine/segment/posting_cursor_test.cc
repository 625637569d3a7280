#include "engine/segment/posting_cursor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "engine/segment/bit_pack.h"
#include "engine/segment/builder.h"
#include "engine/segment/expect_rows.h"
#include "engine/segment/random_rows.h"
#include "engine/text/bm25.h"

namespace layer::engine::segment {
namespace {

// Postings of "x" in documents of random gaps, written as texts of the words x and y.
struct Example {
  std::vector<DocId> docs;
  std::vector<std::uint32_t> tfs;
  std::vector<std::uint32_t> lengths;  // by posting
  std::shared_ptr<const Segment> segment;

  const TextIndex& index() const { return *segment->text(0); }
  PostingCursor cursor() const { return index().postings(*index().find("x")); }
};

Example make_example(Random& random, std::uint32_t postings, std::uint32_t gap) {
  wire::Schema schema;
  wire::Attribute text = attribute_of("t", "string");
  text.filterable = false;
  text.full_text = wire::FullTextConfig{};
  schema.add(text);
  Example example;
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < postings; ++i) {
    for (std::uint32_t skipped = below(random, gap); skipped > 0; --skipped) {
      rows.push_back({.id = std::uint64_t{rows.size()}, .fields = {{0, std::string("y")}}});
    }
    const std::uint32_t tf = below(random, 3) == 0 ? 1 + below(random, 9) : 1;
    const std::uint32_t others = below(random, 20);
    std::string words;
    for (std::uint32_t j = 0; j < tf + others; ++j) {
      words += j < tf ? "x " : "y ";
    }
    example.docs.push_back(static_cast<DocId>(rows.size()));
    example.tfs.push_back(tf);
    example.lengths.push_back(tf + others);
    rows.push_back({.id = std::uint64_t{rows.size()}, .fields = {{0, std::move(words)}}});
  }
  example.segment = open_bytes(build_from_rows(schema, rows, {}).value());
  return example;
}

TEST(BitPack, UnpacksWhatWasPackedAtEveryWidth) {
  constexpr unsigned seed = 5;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (std::uint32_t bits = 0; bits <= 32; ++bits) {
    SCOPED_TRACE(bits);
    alignas(16) std::array<std::uint32_t, kPackCount> values{};
    for (std::uint32_t& value : values) {
      value = bits == 0 ? 0 : static_cast<std::uint32_t>(random()) >> (32 - bits);
    }
    if (bits > 0) {
      values[77] = ~std::uint32_t{0} >> (32 - bits);
    }
    EXPECT_EQ(bits_needed(values.data()), bits);
    std::vector<std::byte> packed;
    pack(values.data(), bits, packed);
    ASSERT_EQ(packed.size(), packed_bytes(bits));
    alignas(16) std::array<std::uint32_t, kPackCount> out{};
    unpack(bits, packed.data(), out.data());
    EXPECT_EQ(out, values);
    unpack_ascending(bits, packed.data(), 1000, out.data());
    std::uint32_t sum = 1000;
    for (std::size_t i = 0; i < kPackCount; ++i) {
      sum += values[i] + 1;
      ASSERT_EQ(out[i], sum) << i;
    }
  }
}

// Every list length around the borders of blocks, dense and sparse.
TEST(PostingCursor, WalksAndSeeksAsAListDoes) {
  constexpr unsigned seed = 6;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (const std::uint32_t count : {1U, 2U, 127U, 128U, 129U, 255U, 256U, 257U, 700U}) {
    for (const std::uint32_t gap : {1U, 9U}) {
      SCOPED_TRACE(testing::Message() << count << " postings, gaps below " << gap);
      const Example example = make_example(random, count, gap);
      PostingCursor walk = example.cursor();
      EXPECT_EQ(walk.document_frequency(), count);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(walk.doc(), example.docs[i]);
        ASSERT_EQ(walk.tf(), example.tfs[i]);
        walk.next();
      }
      EXPECT_EQ(walk.doc(), kEndOfPostings);
      EXPECT_EQ(walk.seek(kEndOfPostings), kEndOfPostings);

      for (int round = 0; round < 30; ++round) {
        PostingCursor cursor = example.cursor();
        DocId target = 0;
        while (cursor.doc() != kEndOfPostings) {
          target += below(random, round % 2 == 0 ? 12 : 400);
          if (below(random, 2) == 0) {
            cursor.shallow_seek(target);
          }
          const auto expected = std::ranges::lower_bound(example.docs, target);
          if (cursor.doc() < target) {
            ASSERT_EQ(cursor.seek(target),
                      expected == example.docs.end() ? kEndOfPostings : *expected);
          }
          if (cursor.doc() != kEndOfPostings) {
            const auto at = std::ranges::find(example.docs, cursor.doc()) - example.docs.begin();
            ASSERT_EQ(cursor.tf(), example.tfs[static_cast<std::size_t>(at)]);
          }
        }
      }
    }
  }
}

TEST(PostingCursor, GivesWholeBlocks) {
  Random random(8);
  const Example example = make_example(random, 300, 4);
  PostingCursor cursor = example.cursor();
  cursor.seek(example.docs[100]);
  std::vector<DocId> docs;
  std::vector<std::uint32_t> tfs;
  while (cursor.doc() != kEndOfPostings) {
    docs.insert(docs.end(), cursor.block_docs().begin(), cursor.block_docs().end());
    tfs.insert(tfs.end(), cursor.block_tfs().begin(), cursor.block_tfs().end());
    cursor.skip_block();
  }
  EXPECT_EQ(docs, std::vector(example.docs.begin() + 100, example.docs.end()));
  EXPECT_EQ(tfs, std::vector(example.tfs.begin() + 100, example.tfs.end()));
}

// The bounds are sound whatever the parameters are, and the list's bound is not above its blocks'.
TEST(PostingCursor, BoundsNoScoreExceeds) {
  constexpr unsigned seed = 9;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (const std::uint32_t count : {1U, 50U, 128U, 900U}) {
    const Example example = make_example(random, count, 3);
    for (const auto& [k1, b, avgdl] : {std::tuple{1.2F, 0.75F, 10.0F}, std::tuple{0.1F, 0.0F, 3.0F},
                                       std::tuple{5.0F, 1.0F, 100.0F}}) {
      const text::Bm25Weight weight{.weight = 2, .k1 = k1, .b = b, .avgdl = avgdl};
      const auto score = [&](float tf, float length) { return weight.score(tf, length); };
      PostingCursor cursor = example.cursor();
      const float whole = cursor.list_bound(score);
      float best = 0;
      for (std::size_t i = 0; i < count; ++i) {
        cursor.shallow_seek(example.docs[i]);
        ASSERT_GE(cursor.block_last_doc(), example.docs[i]);
        const float real =
            score(static_cast<float>(example.tfs[i]), static_cast<float>(example.lengths[i]));
        ASSERT_LE(real, cursor.block_bound(score) * 1.000001F);
        best = std::max(best, cursor.block_bound(score));
      }
      EXPECT_LE(best, whole * 1.000001F);
      cursor.shallow_seek(example.docs.back() + 1);
      EXPECT_EQ(cursor.block_last_doc(), kEndOfPostings);
      EXPECT_EQ(cursor.block_bound(score), 0);
      EXPECT_EQ(cursor.doc(), example.docs.front());  // the bounds moved, the cursor did not
    }
  }
}

TEST(PostingCursor, OfNothingIsAtItsEnd) {
  PostingCursor cursor;
  EXPECT_EQ(cursor.doc(), kEndOfPostings);
  EXPECT_EQ(cursor.seek(7), kEndOfPostings);
  EXPECT_EQ(cursor.document_frequency(), 0U);
  cursor.shallow_seek(1);
  EXPECT_EQ(cursor.block_last_doc(), kEndOfPostings);
}

}  // namespace
}  // namespace layer::engine::segment
