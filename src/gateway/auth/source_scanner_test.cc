#include "gateway/auth/source_scanner.h"

#include <array>
#include <random>

#include <gtest/gtest.h>

#include "gateway/auth/source_model.h"

namespace layer::gateway {
namespace {

// What a scanner says of a text: its sources joined by "|", "<opaque>" or "<lost>" at the end. Fed
// whole and byte by byte, which must not differ.
std::string scan(std::string_view text) {
  const auto run = [](auto feed) {
    SourceScanner scanner;
    feed(scanner);
    std::string said;
    for (const auto& source : scanner.take_sources()) {
      said += (said.empty() ? "" : "|") + source;
    }
    return said + (scanner.opaque() ? "<opaque>" : "") + (scanner.lost() ? "<lost>" : "");
  };
  const std::string whole = run([&](SourceScanner& scanner) { scanner.feed(text); });
  const std::string bytes = run([&](SourceScanner& scanner) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      scanner.feed(text.substr(i, 1));
    }
  });
  EXPECT_EQ(whole, bytes) << text;
  return whole;
}

TEST(SourceScanner, FindsSourcesInBothForms) {
  EXPECT_EQ(scan(R"({"copy_from_namespace":"a"})"), "a");
  EXPECT_EQ(scan(R"({"branch_from_namespace" : "a"})"), "a");
  EXPECT_EQ(scan(R"({"copy_from_namespace":{"source_namespace":"a","source_region":"r"}})"), "a");
  EXPECT_EQ(scan(R"({"branch_from_namespace":{ "source_namespace" : "a" } , "x":1})"), "a");
}

TEST(SourceScanner, OrdinaryWritesNameNoSource) {
  EXPECT_EQ(scan(R"({"upsert_rows":[{"id":1,"vector":[0.1,-2e5],"t":"a\"b\\"}],"x":null})"), "");
  EXPECT_EQ(scan(R"({"upsert_rows":[{"copy_from_namespace":"a"}]})"), "");
  EXPECT_EQ(scan(R"({"source_namespace":"a"})"), "");
  EXPECT_EQ(scan(R"({"x":"copy_from_namespace"})"), "");
  EXPECT_EQ(scan(R"({"copy_from_namespaces":"a","from_namespace":"b"})"), "");
  EXPECT_EQ(scan("{}"), "");
  EXPECT_EQ(scan(""), "");
  EXPECT_EQ(scan(R"({"copy_from_namespace":null,"branch_from_namespace":7})"), "");
  EXPECT_EQ(scan(R"({"copy_from_namespace":{"source_api_key":{"a":["b"]},"source_region":[1]}})"),
            "");
}

TEST(SourceScanner, DuplicatesAreAllFound) {
  EXPECT_EQ(scan(R"({"copy_from_namespace":"a","copy_from_namespace":"b"})"), "a|b");
  EXPECT_EQ(scan(R"({"copy_from_namespace":{"source_namespace":"a","source_namespace":"b"}})"),
            "a|b");
  EXPECT_EQ(scan(R"({"copy_from_namespace":"a","x":[{}],"branch_from_namespace":"b"})"), "a|b");
}

TEST(SourceScanner, EscapesAreUndone) {
  EXPECT_EQ(scan(R"({"copy_from_namespac\u0065":"a"})"), "a");
  EXPECT_EQ(scan(R"({"\u0063opy\u005ffrom\u005Fnamespace":"\u0061\/b"})"), "a/b");
  EXPECT_EQ(scan(R"({"copy_from_namespace":{"source\u005fnamespace":"\ud83d\ude00"}})"),
            "\xf0\x9f\x98\x80");
  std::string name;
  for (const char c : std::string_view("branch_from_namespace")) {
    name += c == '_' ? "\\u005f"
                     : "\\u00" + std::string(c >= 'p' ? "7" : "6") +
                           "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
  EXPECT_EQ(scan("{\"" + name + "\":\"a\"}"), "a");
}

TEST(SourceScanner, CaseDoesNotHideAMember) {
  EXPECT_EQ(scan(R"({"Copy_From_Namespace":{"SOURCE_namespace":"a"}})"), "a");
}

TEST(SourceScanner, SourcesThatCannotBeReadForCertainAreOpaque) {
  for (const auto* const text : {
           R"(["a"])",
           R"({"copy_from_namespace":["a"]})",
           R"({"copy_from_namespace":{"source_namespace":["a"]}})",
           R"({"copy_from_namespace":{"source_namespace":{"a":1}}})",
           R"({"copy_from_namespace":"\ud800"})",
           R"({"copy_from_namespace":"\q"})",
           R"({"copy_from_namespace":"\u12g4"})",
           R"({"\copy_from_namespace":"a"})",
           "{\"copy_from_namespace\":\"a\nb\"}",
       }) {
    EXPECT_EQ(scan(text), "<opaque>") << text;
  }
  EXPECT_EQ(scan("{\"copy_from_namespace\":\"" + std::string(769, 'a') + "\"}"), "<opaque>");
  EXPECT_EQ(scan("{\"copy_from_namespace\":\"" + std::string(768, 'a') + "\"}"),
            std::string(768, 'a'));
}

TEST(SourceScanner, TooManySourcesAreOpaque) {
  std::string text = "{";
  for (std::size_t i = 0; i < SourceScanner::kSourcesMax; ++i) {
    text += R"("copy_from_namespace":"a",)";
  }
  EXPECT_EQ(scan(text).find('<'), std::string::npos);
  EXPECT_NE(scan(text + R"("copy_from_namespace":"a"})").find("<opaque>"), std::string::npos);
}

TEST(SourceScanner, TextThatIsNotJsonIsLostUnlessItSpeaksOfSources) {
  for (const auto* const text : {"hello", "{'a':1}", R"({"a":1}{})", R"({"a":1,})", R"({"a" 1})",
                                 R"({"a":[1}})", R"({"a":1 /* x */})", "\"a\"", "{1:2}", "}"}) {
    EXPECT_EQ(scan(text), "<lost>") << text;
  }
  for (const auto* const text : {
           "copy_from_namespace: a",
           "{'branch_from_namespace':'a'}",
           R"({"a":1 /* x */, "copy_from_namespace":"a"})",
           R"({"a":1}{"copy_from_namespace":"a"})",
           "\xef\xbb\xbf{\"copy_from_namespace\":\"a\"}",
           "{a:1,copy_from_NAMESPACE:2}",
           "x _from_from_namespace",
           "x __from_namespace",
           "{'\\x63opy':1}",
       }) {
    EXPECT_EQ(scan(text), "<opaque>") << text;
  }
  EXPECT_EQ(scan(std::string_view("{\0\"\0c\0", 6)), "<opaque>");
}

TEST(SourceScanner, NestingBeyondTheLimitIsNotJsonHere) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') +
           ",\"copy_from_namespace\":\"s\"}";
  };
  EXPECT_EQ(scan(nested(core::limits::json_depth_max)), "s");
  EXPECT_EQ(scan(nested(core::limits::json_depth_max + 1)), "<opaque>");
}

// Random values around the names of interest, some with a byte changed.
class Texts {
 public:
  explicit Texts(std::mt19937& random) : random_(random) {}

  std::string next() {
    std::string text = value(4);
    if (random_() % 3 == 0 && !text.empty()) {
      constexpr std::string_view kBytes = "{}[]\",:\\ a1_\n\0";
      text[random_() % text.size()] = kBytes[random_() % kBytes.size()];
    }
    return text;
  }

 private:
  std::string name() {
    constexpr std::array kNames{R"("copy_from_namespace")",   R"("branch_from_namespac\u0065")",
                                R"("Copy_From_Namespace")",   R"("source_namespace")",
                                R"("source\u005Fnamespace")", R"("source_api_key")",
                                R"("upsert_rows")",           R"("\"\\")"};
    return kNames[random_() % kNames.size()];
  }
  std::string value(int depth) {
    const auto kind = random_() % (depth == 4 ? 1 : depth == 0 ? 4 : 8);
    if (depth != 4 && kind < 4) {
      constexpr std::array kScalars{"\"a\"", R"("b\u0063\/")", "-1.5e3", "null"};
      return kScalars[kind];
    }
    std::string out = kind == 4 ? "[" : "{";
    for (auto n = random_() % 4; n > 0; --n) {
      out += (out.size() > 1 ? " , " : "") + (kind == 4 ? "" : name() + " :") + value(depth - 1);
    }
    return out + (kind == 4 ? "]" : "}");
  }
  std::mt19937& random_;
};

TEST(SourceScanner, AgreesWithAFullParse) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Texts texts(random);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = texts.next();
    ASSERT_TRUE(source_model::agrees(text)) << text;
  }
}

}  // namespace
}  // namespace layer::gateway
