#include "features/pipelines/requests.h"

#include <gtest/gtest.h>

#include "features/pipelines/chunk.h"
#include "features/pipelines/vector_rows.h"

namespace layer::features::pipelines {
namespace {

template <class T>
std::string field_of(const Result<T>& result) {
  if (result) {
    return "accepted";
  }
  return result.error().message.substr(0, result.error().message.find(':'));
}

TEST(PipelineRequests, SayWhichMemberIsWrong) {
  EXPECT_EQ(field_of(parse_pipeline(R"({"id":"p","target_namespace":"n"})")), "accepted");
  for (const auto& [body, field] : std::vector<std::pair<std::string, std::string>>{
           {"[]", "body"},
           {"{", "body"},
           {R"({"id":"-p","target_namespace":"n"})", "id"},
           {R"({"id":"P","target_namespace":"n"})", "id"},
           {R"({"id":")" + std::string(64, 'a') + R"(","target_namespace":"n"})", "id"},
           {R"({"id":"p"})", "target_namespace"},
           {R"({"id":"p","target_namespace":"a b"})", "target_namespace"},
           {R"({"id":"p","target_namespace":"n","distance_metric":"dot"})", "distance_metric"},
           {R"({"id":"p","target_namespace":"n","stages":3})", "stages"}}) {
    EXPECT_EQ(field_of(parse_pipeline(body)), field) << body;
  }
  for (const auto& [body, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({})", "worker_id"},
           {R"({"worker_id":7})", "worker_id"},
           {R"({"worker_id":"w","limit":0})", "limit"},
           {R"({"worker_id":"w","limit":1001})", "limit"},
           {R"({"worker_id":"w","lease_seconds":4})", "lease_seconds"},
           {R"({"worker_id":"w","lease_seconds":7201})", "lease_seconds"},
           {R"({"worker_id":"w","stage":"Big"})", "stage"},
           {R"({"worker_id":"w","what":1})", "what"}}) {
    EXPECT_EQ(field_of(parse_claim(body)), field) << body;
  }
  for (const auto& [body, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({"stage":"failed"})", "items"},
           {R"({"document_ids":["a"],"items":[],"stage":"failed"})", "items"},
           {R"({"document_ids":[7],"stage":"failed"})", "document_ids[0]"},
           {R"({"items":["a"],"stage":"failed"})", "items[0]"},
           {R"({"items":[{"id":"a","lease":"x"}],"stage":"failed"})", "items[0].lease"},
           {R"({"items":[{"id":"a"}]})", "stage"}}) {
    EXPECT_EQ(field_of(parse_move(body)), field) << body;
  }
}

TEST(PipelineRequests, HaveTheDefaultsOfTheContract) {
  const auto claim = parse_claim(R"({"worker_id":"w"})");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->stage, "pending");
  EXPECT_EQ(claim->claim_stage, "embedding");
  EXPECT_EQ(claim->limit, 100U);
  EXPECT_EQ(claim->lease_for, kLeaseDefault);
  const auto beat = parse_heartbeat(R"({"items":[{"id":"a","lease":"12"}],"worker_id":"w"})");
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->documents.at(0).epoch, 12U);
  const auto rows = parse_rows(R"({"worker_id":"w","lease":"3","upsert_rows":[{"id":1.50}]})");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->write, R"({"upsert_rows":[{"id":1.50}]})");
  EXPECT_EQ(rows->epoch, 3U);
}

TEST(PipelineChunks, AreKeptAsTheyWereWritten) {
  const auto staged = parse_staged(
      R"({"chunks":[{"id":"a#0","text":"\u00e4","metadata":{"n":18446744073709551615}},)"
      R"({"id":"a#1","text":null}],"stage":"ocr"})");
  ASSERT_TRUE(staged) << staged.error().message;
  EXPECT_EQ(staged->stage, "ocr");
  const auto read = parse_manifest(print_manifest("a", staged->chunks));
  ASSERT_TRUE(read);
  EXPECT_EQ(print_chunks(*read),
            R"([{"id":"a#0","text":"\u00e4","metadata":{"n":18446744073709551615}},)"
            R"({"id":"a#1","text":null,"metadata":{}}])");
  EXPECT_EQ(field_of(parse_staged("{}")), "chunks");
  EXPECT_EQ(field_of(parse_staged(R"({"chunks":[{"id":"a"},{"id":"a"}]})")), "chunks[1].id");
  EXPECT_EQ(field_of(parse_staged(R"({"chunks":[{"id":7}]})")), "chunks[0].id");
  EXPECT_EQ(field_of(parse_staged(R"({"chunks":[{"id":"a","text":7}]})")), "chunks[0].text");
  EXPECT_EQ(field_of(parse_staged(R"({"chunks":[],"stage":"A"})")), "stage");
  std::string many = R"({"chunks":[{"id":"0"})";
  for (std::size_t i = 1; i <= kChunksMax; ++i) {
    many += R"(,{"id":")" + std::to_string(i) + R"("})";
  }
  EXPECT_EQ(field_of(parse_staged(many + "]}")), "chunks");
}

TEST(PipelineRows, AttributesStandOverMetadata) {
  const std::vector<Chunk> chunks{
      {.id = "a#0", .text = R"("hello")", .metadata = R"({"page":1,"lang":"en","text":"other"})"}};
  const auto write =
      write_of_vectors(R"({"vectors":[{"id":"a#0","vector":[1, 2],"attributes":{"lang":"de"}}]})",
                       chunks, "cosine_distance");
  ASSERT_TRUE(write) << write.error().message;
  EXPECT_EQ(*write,
            R"({"distance_metric":"cosine_distance","upsert_rows":[{"id":"a#0","vector":[1, 2],)"
            R"("lang":"de","text":"hello","page":1}]})");
  const auto named = write_of_vectors(R"({"vectors":[{"id":"a#0","vectors":{"v":"AA=="}}]})",
                                      chunks, "cosine_distance");
  ASSERT_TRUE(named);
  EXPECT_TRUE(named->contains(R"({"id":"a#0","v":"AA==","text":"hello")")) << *named;
  for (const auto& [body, field] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "vectors"},
           {R"({"vectors":[]})", "vectors"},
           {R"({"vectors":[{"id":"b","vector":[1]}]})", "vectors[0].id"},
           {R"({"vectors":[{"id":"a#0"}]})", "vectors[0].vector"},
           {R"({"vectors":[{"id":"a#0","vector":[1],"x":1}]})", "vectors[0].x"},
           {R"({"vectors":[{"id":"a#0","vector":[1]}],"deletes":[1]})", "deletes"}}) {
    EXPECT_EQ(field_of(write_of_vectors(body, chunks, "cosine_distance")), field) << body;
  }
}

TEST(PipelineRows, RowsGetTheMetricThatTheyDoNotSay) {
  EXPECT_EQ(*write_of_rows(R"({"upsert_rows":[]})", "euclidean_squared"),
            R"({"distance_metric":"euclidean_squared","upsert_rows":[]})");
  EXPECT_EQ(*write_of_rows(R"({"patch_rows":[]})", "euclidean_squared"), R"({"patch_rows":[]})");
  EXPECT_EQ(field_of(write_of_rows(R"({"schema":{}})", "x")), "upsert_rows");
  EXPECT_EQ(field_of(write_of_rows(R"({"upsert_rows":[],"deletes":[1]})", "x")), "deletes");
}

}  // namespace
}  // namespace layer::features::pipelines
