#include "features/history/record.h"

#include <gtest/gtest.h>

#include "features/history/segment_name.h"
#include "features/history/test_world.h"
#include "json/document.h"

namespace layer::features::history {
namespace {

Settings settings(std::vector<std::string> presets, std::vector<std::string> drop = {}) {
  resources::IndexSpec index;
  index.history_presets = std::move(presets);
  index.history_drop = std::move(drop);
  return compile_settings(index);
}

TEST(Times, ArePrintedAndReadAsDays) {
  EXPECT_EQ(print_instant(kNoonNs), "2023-11-15T12:00:00.000Z");
  EXPECT_EQ(print_instant(kNoonNs + 120 * kMsNs + 999), "2023-11-15T12:00:00.120Z");
  EXPECT_EQ(print_instant(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(parse_day("2023-11-15"), day_of(kNoonNs));
  EXPECT_EQ(print_day(*parse_day("2024-02-29")), "2024-02-29");
  for (const char* wrong :
       {"2023-02-29", "2023-13-01", "2023-1-001", "purged.jso", "", "2023-11-1x"}) {
    EXPECT_FALSE(parse_day(wrong)) << wrong;
  }
}

TEST(SegmentNames, SayWhatTheyHold) {
  const std::int64_t hour = hour_of(kNoonNs);
  const std::string key = segment_key({.prefix = hour_prefix("films", hour),
                                       .gateway = "g1",
                                       .counter = 42,
                                       .oldest_ns = kNoonNs + 5 * kMsNs,
                                       .newest_ns = kNoonNs + 9 * kMsNs + 1});
  EXPECT_EQ(key, "history/films/2023-11-15/12/g1-00000000000424320000543200009.ndjson.zst");
  const auto read = parse_segment(key, day_prefix("films", day_of(kNoonNs)), day_of(kNoonNs));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->counter, 42U);
  EXPECT_FALSE(read->compacted);
  EXPECT_LE(read->oldest_ns, kNoonNs + 5 * kMsNs);
  EXPECT_GE(read->newest_ns, kNoonNs + 9 * kMsNs + 1);
}

TEST(SegmentNames, OfOthersMayHoldAnythingOfTheirHour) {
  const std::int64_t day = day_of(kNoonNs);
  const std::string prefix = day_prefix("films", day);
  const auto read = parse_segment(prefix + "12/other-7.ndjson.zst", prefix, day);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->oldest_ns, kNoonNs);
  EXPECT_EQ(read->newest_ns, kNoonNs + kHourNs - 1);
  for (const char* wrong : {"24/g-1.ndjson.zst", "1/g-1.ndjson.zst", "g-1.ndjson.zst",
                            "12/g-1.json", "xx/g-1.ndjson.zst"}) {
    EXPECT_FALSE(parse_segment(prefix + wrong, prefix, day)) << wrong;
  }
}

TEST(Records, KeepEverythingThatWasTold) {
  QueryEntry entry = query(kNoonNs + 7, "q1");
  entry.who.raw_query = "space\nopera";
  entry.who.tags = {"a", "b"};
  entry.who.key_id = "key";
  entry.stable_as_of_ms = 5;
  entry.bytes_queried = 3;
  const std::string line = print_line(entry, Settings{});
  EXPECT_EQ(line, R"({"t":"q","timestamp":"2023-11-15T12:00:00.000Z","timestamp_nanos":)" +
                      std::to_string(kNoonNs + 7) +
                      R"(,"namespace":"films","query_id":"q1","trace_id":"trace-q1",)"
                      R"("raw_query":"space\nopera","stable_as_of":5,"level":"strong",)"
                      R"("query":{"kind":"BM25","field":"title","text":"space","top_k":10},)"
                      R"("top_result_ids":[7,"b"],"result_count":2,"duration_ms":0.0,)"
                      R"("served_by":"upstream","status":200,"tags":["a","b"],"client_id":"ann",)"
                      R"("key_id":"key","billing":{"queried":3,"returned":0}})");
  EXPECT_EQ(shown(line), "{" + line.substr(9));
  const auto read = read_line(line, Ask::all);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->timestamp_ns, kNoonNs + 7);
  EXPECT_EQ(read->query_id, "q1");
  EXPECT_EQ(read->raw_query, "space\nopera");
  EXPECT_EQ(read->tags, (std::vector<std::string>{"a", "b"}));
}

TEST(Records, WithoutAQueryIdGoByTheTrace) {
  QueryEntry entry = query(kNoonNs, "");
  EXPECT_EQ(read_line(print_line(entry, Settings{}), Ask::order)->query_id, "trace-");
}

TEST(Records, StayOneLineOfValidJsonWhateverIsTold) {
  QueryEntry entry = query(kNoonNs, "q\xFF\n\"");
  entry.query = "{\"a\":\n[1,\n2]}";
  entry.top_ids = {"7", "not json", "{}", "\"x\""};
  entry.who.raw_query = std::string("\0\x01\xC3", 3);
  const std::string line = print_line(entry, Settings{});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto document = json::Document::parse(line);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_NE(line.find(R"("top_result_ids":[7,"x"])"), std::string::npos);
  entry.query = "[not an object";
  EXPECT_NE(print_line(entry, Settings{}).find(R"("query":{},)"), std::string::npos);
  EXPECT_NE(print_line(entry, Settings{}).find(R"("truncated":true)"), std::string::npos);
}

TEST(Records, ThatAreTooLargeLoseTheirQuery) {
  QueryEntry entry = query(kNoonNs, "q1");
  entry.query = R"({"text":")" + std::string(kLineBytesMax, 'x') + "\"}";
  const std::string line = print_line(entry, Settings{});
  EXPECT_LT(line.size(), 1024U);
  EXPECT_NE(line.find(R"("truncated":true)"), std::string::npos);
  Click large = click(kNoonNs, "q1", "7");
  large.ubi = R"({"message":")" + std::string(kLineBytesMax, 'x') + "\"}";
  EXPECT_LT(print_line(large, Settings{}).size(), 1024U);
}

TEST(Redaction, ReachesTextsFiltersAndEvents) {
  const Settings rules = settings({"email"});
  QueryEntry entry = query(kNoonNs, "q1");
  entry.who.raw_query = "mail ann.lee@example.org now";
  entry.query = R"({"kind":"BM25","field":"ann@example.org","text":"to ann@example.org",)"
                R"("filters":["And",[["owner","Eq","bob\u0040example.org"],["n","Eq",1.50]]]})";
  const std::string line = print_line(entry, rules);
  EXPECT_NE(line.find(R"("raw_query":"mail [redacted] now")"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("text":"to [redacted]")"), std::string::npos) << line;
  EXPECT_NE(line.find(R"(["owner","Eq","[redacted]"],["n","Eq",1.50])"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("field":"ann@example.org")"), std::string::npos) << "a name, not a text";
  Click event = click(kNoonNs, "q1", "7");
  event.ubi = R"({"action_name":"buy","message":"by ann@example.org"})";
  EXPECT_NE(print_line(event, rules).find(R"("message":"by [redacted]")"), std::string::npos);
}

TEST(Redaction, KnowsItsPresets) {
  const auto redacted = [](const char* preset, std::string text) {
    settings({preset}).redactor.redact(text);
    return text;
  };
  EXPECT_EQ(redacted("email", "a.b+c@mail.example.co.uk!"), "[redacted]!");
  EXPECT_EQ(redacted("email", "no@address and @handle"), "no@address and @handle");
  EXPECT_EQ(redacted("phone", "call +49 (30) 901820-0 please"), "call [redacted] please");
  EXPECT_EQ(redacted("phone", "call 555-123-4567"), "call [redacted]");
  EXPECT_EQ(redacted("phone", "iphone 15, 2024 model 1234567"), "iphone 15, 2024 model 1234567");
  EXPECT_EQ(redacted("phone", "01 23 45 67 89"), "[redacted]");
  EXPECT_EQ(redacted("phone", "films of 2024-01-15, size 32 34 36"),
            "films of 2024-01-15, size 32 34 36");
  EXPECT_EQ(redacted("card", "pay 4111 1111 1111 1111 now"), "pay [redacted] now");
  EXPECT_EQ(redacted("card", "pay 4111-1111-1111-1112 now"), "pay 4111-1111-1111-1112 now");
}

TEST(Redaction, TakesReplacementsAsTheyAreWritten) {
  Redactor redactor;
  ASSERT_TRUE(redactor.add("([0-9]+)", R"(<\1\\>)"));
  std::string text = "room 12";
  EXPECT_TRUE(redactor.redact(text));
  EXPECT_EQ(text, R"(room <\1\\>)");
}

TEST(Settings, ThatDoNotCompileSwitchHistoryOffAndSayWhy) {
  resources::IndexSpec index;
  index.history_redact = {{.pattern = "fine", .replace = ""}, {.pattern = "(", .replace = ""}};
  const Settings compiled = compile_settings(index);
  EXPECT_EQ(compiled.mode, Mode::off);
  EXPECT_EQ(compiled.fault.substr(0, 27), "history.redact[1].pattern: ");
  index.history_redact = {{.pattern = "(?=look)ahead", .replace = ""}};
  EXPECT_NE(compile_settings(index).fault, "") << "RE2 has no look-ahead";
}

TEST(Settings, RoundRetentionUpToWholeDays) {
  resources::IndexSpec index;
  EXPECT_EQ(compile_settings(index).retention_days, std::nullopt);
  index.history_retention = std::chrono::hours(25);
  EXPECT_EQ(compile_settings(index).retention_days, 2);
}

TEST(Settings, AreRenewedWithoutCompilingTheSameTwice) {
  core::ManualClock clock;
  auto index = std::make_shared<resources::IndexSpec>();
  SettingsCache cache([&](std::string_view) { return index; }, clock);
  const auto first = cache.of("films");
  index = std::make_shared<resources::IndexSpec>();
  clock.advance(SettingsCache::kRefreshAfter);
  EXPECT_EQ(cache.of("films"), first) << "nothing of the history changed";
  index = std::make_shared<resources::IndexSpec>();
  index->history = resources::IndexSpec::History::kOff;
  EXPECT_EQ(cache.of("films")->mode, Mode::all) << "remembered for a while";
  clock.advance(SettingsCache::kRefreshAfter);
  EXPECT_EQ(cache.of("films")->mode, Mode::off);
}

TEST(DroppedMembers, AreNeverKept) {
  const Settings rules = settings(
      {}, {"raw_query", "filters", "client_id", "user_id", "session_id", "top_result_ids"});
  QueryEntry entry = query(kNoonNs, "q1");
  entry.who.raw_query = "secret1";
  entry.who.user_id = "secret2";
  entry.who.session_id = "secret3";
  entry.who.client_id = "secret4";
  entry.top_ids = {"\"secret5\""};
  entry.query = R"({"filters":["a","Eq","secret6"],"leg_count":1,)"
                R"("queries":[{"top_k":1,"filters":"secret7"},{"filters":1}]})";
  const std::string line = print_line(entry, rules);
  EXPECT_EQ(line.find("secret"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("query":{"leg_count":1,"queries":[{"top_k":1},{}]})"), std::string::npos)
      << line;
  EXPECT_EQ(print_line(entry, settings({}, {"query"})).find("\"query\":"), std::string::npos);
  Click event = click(kNoonNs, "q1", "7");
  event.ubi = R"({"client_id":"secret","user_query":"secret","x":1})";
  EXPECT_NE(print_line(event, rules).find(R"("ubi":{"x":1})"), std::string::npos);
}

TEST(Lines, ThatAreNoRecordsAreRefused) {
  for (const char* wrong :
       {"", "{", "[]", "{}", R"({"t":"q"})", R"({"t":"z","timestamp_nanos":1})",
        R"({"t":"q","timestamp_nanos":"1"})", R"({"t":"q","timestamp_nanos":1.5,"query_id":""})",
        R"({"t":"q","timestamp_nanos":1,"tags":[1]})",
        R"({"t":"q","timestamp_nanos":1,"x":{"a")"}) {
    EXPECT_FALSE(read_line(wrong, Ask::all)) << wrong;
  }
  EXPECT_TRUE(read_line(R"({"timestamp_nanos":1,"x":{"t":"z","a":[1]},"t":"c"})", Ask::all));
  EXPECT_EQ(shown(R"({"timestamp_nanos":1,"t":"c"})"), R"({"timestamp_nanos":1})");
}

TEST(Selections, NarrowByEveryMember) {
  const auto line = *read_line(
      R"({"t":"c","timestamp_nanos":10,"query_id":"q","trace_id":"t","raw_query":"big fish",)"
      R"("action":"buy","tags":["x","y"],"client_id":"c"})",
      Ask::all);
  EXPECT_TRUE(selects({}, line));
  EXPECT_TRUE(selects({.range = {.from_ns = 10, .to_ns = 11},
                       .tags = {"y", "x"},
                       .client_id = "c",
                       .query_id = "q",
                       .raw_query = "g f",
                       .trace_id = "t",
                       .action = "buy"},
                      line));
  EXPECT_FALSE(selects({.range = {.to_ns = 10}}, line));
  EXPECT_FALSE(selects({.range = {.from_ns = 11}}, line));
  EXPECT_FALSE(selects({.tags = {"x", "z"}}, line));
  EXPECT_FALSE(selects({.client_id = "d"}, line));
  EXPECT_FALSE(selects({.query_id = "p"}, line));
  EXPECT_FALSE(selects({.raw_query = "fishes"}, line));
  EXPECT_FALSE(selects({.trace_id = "u"}, line));
  EXPECT_FALSE(selects({.action = "click"}, line));
}

}  // namespace
}  // namespace layer::features::history
