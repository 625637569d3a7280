// What lies in the object store, and what callers see of it.
#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "features/deletions/deletion_list.h"
#include "objects/memory_store.h"

namespace layer::features::deletions {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

PurgeIntent sample_intent() {
  return {.id = core::time_ordered_uuid(kNow),
          .ns = "docs",
          .physical = "docs-v2",
          .store = "default",
          .requested_by = "ci",
          .requested_at_ms = kNow,
          .incarnation = 3,
          .cutoff_ms = kNow,
          .may_repeat = false};
}

TEST(PurgeIntent, IsReadAsItWasWritten) {
  const PurgeIntent intent = sample_intent();
  EXPECT_EQ(parse_intent(print_intent(intent)), intent);
}

TEST(PurgeIntent, WhatIsNotOneIsCorruptAndSaysWhere) {
  for (const std::string text : {"", "7", "{}", R"({"v":2})", R"({"v":1,"id":7})", "{\"v\":1"}) {
    const auto parsed = parse_intent(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
  }
  std::string text = print_intent(sample_intent());
  text.replace(text.find("\"cutoff_ms\""), 11, "\"cutoff_no\"");
  EXPECT_NE(parse_intent(text).error().message.find("cutoff_ms"), std::string::npos);
}

TEST(Receipt, IsReadAsItWasWritten) {
  Receipt receipt = new_receipt(sample_intent());
  EXPECT_EQ(parse_receipt(print_receipt(receipt)), receipt);
  receipt.completed_at_ms = kNow + 1;
  receipt.state = ReceiptState::kFailed;
  receipt.reason = "namespace_in_use";
  receipt.line("store") = {.place = "store", .state = PlaceState::kDone, .purged_at_ms = kNow};
  receipt.line("history").error = "out of reach";
  receipt.line("history").objects = 12;
  EXPECT_EQ(parse_receipt(print_receipt(receipt)), receipt);
}

TEST(Receipt, IsShownWithoutTheStoredFormsVersion) {
  Receipt receipt = new_receipt(sample_intent());
  receipt.id = "the-id";
  receipt.line("store").state = PlaceState::kDone;
  json::Writer out;
  put_receipt(out, receipt);
  EXPECT_EQ(
      out.text(),
      R"({"id":"the-id","namespace":"docs","requested_at":1700000000000,)"
      R"("requested_by":"ci","state":"pending","places":[{"place":"store","state":"done"}]})");
}

TEST(Receipt, WhatIsNotOneIsCorrupt) {
  const std::string good = print_receipt(new_receipt(sample_intent()));
  ASSERT_TRUE(parse_receipt(good));
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"pending\"", "\"lost\""},
                                 {"\"places\":[]", "\"places\":[{}]"},
                                 {"\"places\":[]", "\"places\":7"},
                                 {"\"docs\"", "8"}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    const auto parsed = parse_receipt(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
  }
}

class LedgerTest : public ::testing::Test {
 protected:
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  Receipt put_receipt(std::int64_t at_ms, std::string ns = "docs") {
    PurgeIntent intent = sample_intent();
    intent.id = core::time_ordered_uuid(at_ms);
    intent.ns = std::move(ns);
    const Receipt receipt = new_receipt(intent);
    EXPECT_TRUE(run([&] { return ledger.put_receipt(receipt, ""); }));
    return receipt;
  }

  async::Loops loops{1};
  core::ManualClock clock{kNow};
  objects::MemoryStore objects{clock};
  Ledger ledger{objects};
};

TEST_F(LedgerTest, TheIncarnationOnlyRises) {
  const auto incarnation = [&] { return run([&] { return ledger.incarnation("docs"); }).value(); };
  EXPECT_EQ(incarnation(), 0U);
  ASSERT_TRUE(run([&] { return ledger.raise_incarnation("docs", 2, kNow); }));
  ASSERT_TRUE(run([&] { return ledger.raise_incarnation("docs", 1, kNow); }));
  EXPECT_EQ(incarnation(), 2U);
}

TEST_F(LedgerTest, ReceiptsAreListedNewestFirstInPages) {
  std::vector<Receipt> expected;
  for (int i = 0; i < 5; ++i) {
    expected.insert(expected.begin(), put_receipt(kNow + i));
  }
  put_receipt(kNow + 9, "docs2");
  const auto page = [&](std::string before, std::size_t limit) {
    return run([&] { return list_deletions(ledger, "docs", before, limit); }).value();
  };
  EXPECT_EQ(page("", 10).receipts, expected);
  EXPECT_EQ(page("", 10).last_id, "");
  EXPECT_EQ(page("", 5).last_id, "") << "a full last page ends the list";
  std::vector<Receipt> paged;
  for (DeletionPage now = page("", 2);; now = page(now.last_id, 2)) {
    paged.insert(paged.end(), now.receipts.begin(), now.receipts.end());
    if (now.last_id.empty()) {
      break;
    }
  }
  EXPECT_EQ(paged, expected);
}

TEST_F(LedgerTest, ADeletionWithoutAReceiptIsPendingAndAnUnknownOneIsNotFound) {
  const PurgeIntent intent = sample_intent();
  ASSERT_TRUE(run([&] { return ledger.put_intent(intent); }));
  const auto read = [&](std::string ns, std::string id) {
    return run([&] { return read_deletion(ledger, ns, id); });
  };
  EXPECT_EQ(read("docs", intent.id), new_receipt(intent));
  EXPECT_EQ(read("other", intent.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read("docs", core::random_uuid()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read("docs", "../../system/cursor-key").error().code, ErrorCode::kNotFound);
}

TEST_F(LedgerTest, ReceiptsAreKeptFor400Days) {
  put_receipt(kNow);
  clock.advance(std::chrono::milliseconds(kReceiptKeptMs));
  const auto drop = [&] { return run([&] { return ledger.drop_old_receipts(clock.wall_ms()); }); };
  EXPECT_EQ(drop(), 0U);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(drop(), 1U);
  EXPECT_TRUE(run([&] { return ledger.receipt_ids("docs"); })->empty());
}

TEST_F(LedgerTest, AnIntentNobodyCanReadDoesNotHideTheOthers) {
  const PurgeIntent intent = sample_intent();
  ASSERT_TRUE(run([&] { return objects.put(intent_key("broken"), "{", {}); }));
  ASSERT_TRUE(run([&] { return ledger.put_intent(intent); }));
  const auto page = run([&] { return ledger.intents(""); });
  ASSERT_TRUE(page);
  EXPECT_EQ(page->intents, std::vector{intent});
  EXPECT_EQ(page->unreadable, std::vector{intent_key("broken")});
}

TEST(ListCursor, OpensForItsListForADay) {
  const auto signer = *core::Signer::make({std::string(32, 'k')});
  const std::string cursor = seal_list_cursor("docs", "last", kNow, signer);
  const auto reason = [&](std::string_view text, std::string_view ns, std::int64_t now_ms) {
    const auto opened = open_list_cursor(text, ns, now_ms, signer);
    return opened ? *opened : opened.error().fields.at(0).value;
  };
  EXPECT_EQ(reason(cursor, "docs", kNow + 86'400'000), "last");
  EXPECT_EQ(reason(cursor, "docs", kNow + 86'400'001), "expired");
  EXPECT_EQ(reason(cursor, "other", kNow), "mismatch");
  EXPECT_EQ(reason(cursor + "A", "docs", kNow), "signature");
  EXPECT_EQ(reason("", "docs", kNow), "signature");
  EXPECT_EQ(reason(std::string(7000, 'A'), "docs", kNow), "malformed");
}

}  // namespace
}  // namespace layer::features::deletions
