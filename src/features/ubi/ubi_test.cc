#include <gtest/gtest.h>

#include <string>

#include "features/ubi/event.h"
#include "features/ubi/event_list.h"
#include "features/ubi/print.h"

namespace layer::features::ubi {
namespace {

std::string with(const std::string& members) {
  return R"({"action_name":"click","timestamp":"2026-01-02T03:04:05.678Z")" +
         (members.empty() ? "" : "," + members) + "}";
}

std::string refusal(const std::string& json) {
  const auto event = parse_event(json);
  return event ? "" : event.error().message;
}

TEST(Event, NeedsAnActionAndATime) {
  const auto event = parse_event(with(""));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->action, "click");
  EXPECT_EQ(event->timestamp_ms, 1'767'323'045'678);
  EXPECT_EQ(refusal(R"({"timestamp":"2026-01-02"})"), "action_name: missing");
  EXPECT_EQ(refusal(R"({"action_name":"click"})"), "timestamp: missing");
  EXPECT_NE(refusal(R"({"action_name":"click","timestamp":"soon"})"), "");
  EXPECT_NE(refusal("[]"), "");
  EXPECT_NE(refusal("no json"), "");
}

TEST(Event, TellsWhoDidWhatWhere) {
  const auto event = parse_event(
      with(R"("query_id":"q","client_id":"c","session_id":"s","user_id":"u","application":"a",
              "event_attributes":{"object":{"object_id":7},"position":{"ordinal":3},"more":true})"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->query_id + event->client_id + event->session_id + event->user_id, "qcsu");
  EXPECT_EQ(event->object_id, "7");
  EXPECT_EQ(event->position, 3U);
  EXPECT_EQ(event->json.find('\n'), std::string::npos);
  EXPECT_NE(event->json.find(R"("more":true)"), std::string::npos);
}

TEST(Event, KeepsToTheLengthsOfTheSchema) {
  for (const std::string name :
       {"query_id", "client_id", "session_id", "user_id", "application", "message_type"}) {
    EXPECT_EQ(refusal(with('"' + name + R"(":")" + std::string(100, 'x') + '"')), "");
    EXPECT_NE(refusal(with('"' + name + R"(":")" + std::string(101, 'x') + '"')), "") << name;
    EXPECT_NE(refusal(with('"' + name + R"(":5)")), "") << name;
  }
  EXPECT_EQ(refusal(with(R"("message":")" + std::string(1024, 'x') + '"')), "");
  EXPECT_NE(refusal(with(R"("message":")" + std::string(1025, 'x') + '"')), "");
  const auto object = [](const std::string& id) {
    return with(R"("event_attributes":{"object":{"object_id":)" + id +
                R"(},"position":{"ordinal":1}})");
  };
  EXPECT_EQ(refusal(object('"' + std::string(256, 'x') + '"')), "");
  EXPECT_NE(refusal(object('"' + std::string(257, 'x') + '"')), "");
  EXPECT_NE(refusal(object("1.5")), "");
  // Characters, not bytes.
  std::string umlauts;
  for (int i = 0; i < 100; ++i) {
    umlauts += "ä";
  }
  EXPECT_EQ(refusal(with(R"("client_id":")" + umlauts + '"')), "");
}

TEST(Event, HasAPositionOfOneKind) {
  const auto at = [](const std::string& position) {
    return refusal(with(R"("event_attributes":{"position":)" + position + "}"));
  };
  EXPECT_EQ(at(R"({"ordinal":1})"), "");
  EXPECT_EQ(at(R"({"xy":{"x":1,"y":2.5}})"), "");
  EXPECT_NE(at(R"({"xy":{"x":1}})"), "");
  EXPECT_NE(at(R"({"ordinal":1,"xy":{"x":1,"y":2}})"), "");
  EXPECT_NE(at(R"({"ordinal":"1"})"), "");
  EXPECT_NE(at("{}"), "");
  EXPECT_NE(refusal(with(R"("event_attributes":{})")), "");
  EXPECT_NE(refusal(with(R"("event_attributes":[])")), "");
}

TEST(EventList, TakesOneManyOrALineEach) {
  EXPECT_EQ(split_events(R"( {"a":1} )")->size(), 1U);
  EXPECT_EQ(split_events(R"([{"a":1},{"a":2}])")->size(), 2U);
  const auto lines = split_events("{\"a\":1}\r\n\n{\"a\":2}\n");
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[1], R"({"a":2})");
  for (const std::string_view bad : {"", "[]", "7", "{\"a\":1", "[{\"a\":1}", "{} x"}) {
    EXPECT_FALSE(split_events(bad)) << bad;
  }
}

TEST(EventList, HasALimit) {
  std::string body;
  for (std::size_t i = 0; i < kEventsMax; ++i) {
    body += "{}\n";
  }
  EXPECT_TRUE(split_events(body));
  EXPECT_FALSE(split_events(body + "{}"));
}

TEST(Print, WritesAQueryAsUbi) {
  EXPECT_EQ(print({.kind = history::RecordKind::query,
                   .json = R"({"timestamp":"2026-01-02T03:04:05.678Z","query_id":"q","trace_id":"t",
                         "raw_query":"red","query":{"kind":"BM25","text":"Red"},"client_id":"c",
                         "application":"shop","top_result_ids":[7,"x"]})"}),
            R"({"application":"shop","query_id":"q","client_id":"c","user_query":"red",)"
            R"("query_attributes":{"kind":"BM25","text":"Red"},"object_id_field":"id",)"
            R"("timestamp":"2026-01-02T03:04:05.678Z","query_response_id":"t",)"
            R"("query_response_hit_ids":["7","x"]})");
}

TEST(Print, WritesAClickAsAnEventThatComesInAgain) {
  const std::string line =
      print({.kind = history::RecordKind::click,
             .json = R"({"timestamp":"2026-01-02T03:04:05.678Z","query_id":"q","action":"click",
                         "doc_id":7,"position":2})"});
  const auto event = parse_event(line);
  ASSERT_TRUE(event) << line;
  EXPECT_EQ(event->object_id, "7");
  EXPECT_EQ(event->position, 2U);
}

TEST(Print, GivesAnEventBackAsItCame) {
  EXPECT_EQ(print({.kind = history::RecordKind::click,
                   .json = R"({"action":"view","ubi":{"action_name":"view","more":[1]}})"}),
            R"({"action_name":"view","more":[1]})");
  EXPECT_EQ(print({.json = "broken"}), "");
}

}  // namespace
}  // namespace layer::features::ubi
