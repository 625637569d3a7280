#include "sources/feed.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "sources/plain_text.h"

namespace layer::sources {
namespace {

std::string member(const Record& record, const char* name) {
  const auto* value = record.if_contains(name);
  return value == nullptr ? "" : text_of(*value);
}

constexpr std::string_view kRss = R"(<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>News</title><link>http://a.test/</link>
<item><guid>g1</guid><title>Cats &amp; dogs</title><link>http://a.test/1</link>
<pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate><dc:creator>Ada</dc:creator>
<media:title>not this one</media:title><category>pets</category><category>home</category>
<description>short</description>
<content:encoded><![CDATA[<p>They &#8211; sleep.</p><script>alert(1)</script><p>Twice.</p>]]></content:encoded></item>
<item><title>No guid</title><link>http://a.test/2</link><description>only this</description></item>
</channel></rss>)";

TEST(Feed, RssItemsAreRecords) {
  const auto items = parse_feed(kRss);
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 2U);
  const Record& first = items->front();
  EXPECT_EQ(member(first, "id"), "g1");
  EXPECT_EQ(member(first, "title"), "Cats & dogs");
  EXPECT_EQ(member(first, "link"), "http://a.test/1");
  EXPECT_EQ(member(first, "author"), "Ada");
  EXPECT_EQ(member(first, "published"), "Mon, 02 Jan 2006 15:04:05 GMT");
  EXPECT_EQ(boost::json::serialize(first.at("categories")), R"(["pets","home"])");
  EXPECT_EQ(member(first, "text"), "Cats & dogs\n\nThey – sleep.\nTwice.");
  EXPECT_EQ(member(items->back(), "id"), "http://a.test/2");
  EXPECT_EQ(member(items->back(), "text"), "No guid\n\nonly this");
}

TEST(Feed, AtomEntriesAreRecords) {
  const auto items = parse_feed(R"(<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>
    <entry><id>urn:1</id><title type="html">&lt;b&gt;Bold&lt;/b&gt;</title>
    <link rel="self" href="http://a.test/self"/><link href="http://a.test/1"/>
    <author><name>Ada</name><email>a@a.test</email></author>
    <category term="x"/><updated>2026-01-02T00:00:00Z</updated>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>one</p><p>two</p></div></content>
    </entry></feed>)");
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(member(items->front(), "link"), "http://a.test/1");
  EXPECT_EQ(member(items->front(), "author"), "Ada");
  EXPECT_EQ(member(items->front(), "published"), "2026-01-02T00:00:00Z");
  EXPECT_EQ(member(items->front(), "text"), "Bold\n\none two");
}

TEST(Feed, WhatIsNoFeedIsRefusedWithItsLine) {
  for (const std::string_view text :
       {"", "no xml", "<html/>", "<rss><channel><item></rss>", "<rss>\xff</rss>"}) {
    EXPECT_FALSE(parse_feed(text)) << text;
  }
  EXPECT_NE(parse_feed("<rss>\n<a></b></rss>").error().message.find("line 2"), std::string::npos);
}

TEST(Feed, EntitiesOfItsOwnAreRefusedBeforeTheyGrow) {
  const auto bomb =
      parse_feed(R"(<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel/></rss>)");
  ASSERT_FALSE(bomb);
  EXPECT_NE(bomb.error().message.find("entities"), std::string::npos);
  EXPECT_FALSE(parse_feed(
      R"(<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item><title>&a;</title></item></rss>)"));
}

TEST(Feed, LimitsHold) {
  std::string many = "<rss><channel>";
  for (std::size_t i = 0; i < kFeedItemsMax + 5; ++i) {
    many += "<item><guid>" + std::to_string(i) + "</guid></item>";
  }
  const auto items = parse_feed(many + "</channel></rss>");
  ASSERT_TRUE(items);
  EXPECT_EQ(items->size(), kFeedItemsMax);
  std::string deep = "<rss>";
  for (std::size_t i = 0; i < kFeedDepthMax; ++i) {
    deep += "<a>";
  }
  EXPECT_NE(parse_feed(deep).error().message.find("nested"), std::string::npos);
  EXPECT_FALSE(parse_feed(std::string(kFeedBytesMax + 1, ' ')));
}

TEST(PlainText, LosesMarkupAndKeepsWords) {
  EXPECT_EQ(plain_text("a<br/>b &lt;c&gt;  d&nbsp;e &bogus; 1 < 2 &#x41;"),
            "a\nb <c> d e &bogus; 1 < 2 A");
  EXPECT_EQ(plain_text("<!-- gone --><STYLE>p{}</style>x<unclosed"), "x");
}

}  // namespace
}  // namespace layer::sources
