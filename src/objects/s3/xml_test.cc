#include "objects/s3/xml.h"

#include <gtest/gtest.h>

#include "objects/s3/listing.h"

namespace layer::objects::s3 {
namespace {

TEST(Xml, ReadsElementsAndTheirText) {
  const auto root = parse_xml(
      "<?xml version=\"1.0\"?><!-- c --><a:Root xmlns='x' y = \"z\"><B>1&amp;2&#x41;&#66;</B>"
      "<C/><D>t<!-- in -->u<![CDATA[<&>]]></D></a:Root>\n");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->name, "Root");
  EXPECT_EQ(root->text_of("B"), "1&2AB");
  EXPECT_EQ(root->text_of("D"), "tu<&>");
  EXPECT_NE(root->find("C"), nullptr);
  EXPECT_EQ(root->find("E"), nullptr);
}

TEST(Xml, RefusesWhatNoAnswerHolds) {
  for (const std::string_view text :
       {"", "x", "<a>", "<a></b>", "<a></a><b/>", "<a></a>x", "<!DOCTYPE a><a/>", "<a>&x;</a>",
        "<a>&lt</a>", "<a>&#xD800;</a>", "<a>&#0;</a>", "<a b></a>", "<a b=c/>", "<a b='/>",
        "<a><!-- </a>", "<a/", "< a/>", "<a>&#1114112;</a>", "<a><![CDATA[</a>"}) {
    const auto root = parse_xml(text);
    ASSERT_FALSE(root) << text;
    EXPECT_EQ(root.error().code, ErrorCode::kCorrupt);
  }
}

TEST(Xml, IsBounded) {
  std::string deep;
  for (std::size_t i = 0; i <= kXmlDepthMax; ++i) {
    deep += "<a>";
  }
  EXPECT_FALSE(parse_xml(deep));
  std::string wide = "<a>";
  for (std::size_t i = 0; i < kXmlElementsMax; ++i) {
    wide += "<b/>";
  }
  EXPECT_FALSE(parse_xml(wide + "</a>"));
  EXPECT_FALSE(parse_xml("<a>" + std::string(kXmlBytesMax, 'x') + "</a>"));
}

TEST(Listing, LeavesOutWhatIsNoKeyOfOurs) {
  const auto page = parse_listing(
      "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>t</NextContinuationToken>"
      "<Contents><Key>folder/</Key><Size>0</Size></Contents>"
      "<Contents><Key>a%20b</Key><Size>7</Size>"
      "<LastModified>2013-05-24T00:00:00.000Z</LastModified></Contents></ListBucketResult>");
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->objects.size(), 1U);
  EXPECT_EQ(page->objects[0].key, "a b");
  EXPECT_EQ(page->objects[0].size, 7U);
  EXPECT_EQ(page->objects[0].modified_ms, 1'369'353'600'000);
  EXPECT_EQ(page->continuation, "t");
}

TEST(Listing, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"{}", "<Error/>", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>"}) {
    const auto page = parse_listing(text);
    ASSERT_FALSE(page) << text;
    EXPECT_EQ(page.error().code, ErrorCode::kIo);
  }
}

}  // namespace
}  // namespace layer::objects::s3
