#include "features/billing/billing.h"

#include <gtest/gtest.h>

#include <string>

namespace layer::features::billing {
namespace {

TEST(Billing, OfAQueryIsReadBehindItsRows) {
  EXPECT_EQ(read_billing(R"({"rows":[{"id":1,"$dist":0.5}],"billing":)"
                         R"({"billable_logical_bytes_queried":256000000,)"
                         R"("billable_logical_bytes_returned":105},"performance":{"a":{"b":[]}}})"),
            (Billing{.bytes_queried = 256'000'000, .bytes_returned = 105}));
}

TEST(Billing, OfAWriteHoldsItsQuery) {
  EXPECT_EQ(
      read_billing(R"({"status":"OK","rows_affected":2,"billing":)"
                   R"({"billable_logical_bytes_written":60,"query":)"
                   R"({"billable_logical_bytes_queried":7,"billable_logical_bytes_returned":8)"
                   R"(}},"performance":{"server_total_ms":9}})"
                   "\n"),
      (Billing{.bytes_written = 60, .bytes_queried = 7, .bytes_returned = 8}));
}

TEST(Billing, IsFoundWhereTheBeginningOfTheAnswerIsMissing) {
  EXPECT_EQ(read_billing(R"(lm"},{"a":"\"}]"}],"billing":{"billable_logical_bytes_returned":1}})"),
            (Billing{.bytes_returned = 1}));
}

TEST(Billing, OnlyTheMemberOfTheOutermostObjectCounts) {
  for (const char* const text : {
           R"({"rows":[{"billing":{"billable_logical_bytes_returned":1}}]})",
           R"({"rows":[],"label":"billing","x":{}})",
           R"({"rows":["\"billing\":{\"billable_logical_bytes_returned\":1}"]})",
           R"({"billing":null,"x":{}})",
           R"({"billing":7})",
           R"([{"billing":{}}])",
           R"("billing":{}})",  // its quote may be escaped by what is missing
           R"({"billing":{"billable_logical_bytes_returned":1}} x)",
           "",
           "}",
           "{}",
       }) {
    EXPECT_EQ(read_billing(text), std::nullopt) << text;
  }
}

TEST(Billing, WhatIsNoCountIsNothing) {
  EXPECT_EQ(read_billing(R"({"billing":{}})"), Billing{});
  EXPECT_EQ(read_billing(R"({"billing":{"billable_logical_bytes_written":-1,)"
                         R"("billable_logical_bytes_queried":1.5,"currency":["x",{"y":1}],)"
                         R"("billable_logical_bytes_returned":99999999999999999999}})"),
            Billing{});
}

}  // namespace
}  // namespace layer::features::billing
