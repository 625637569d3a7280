#include "features/embed/write_embedder.h"

#include <gtest/gtest.h>

#include <random>

#include "async/loops.h"
#include "async/run.h"
#include "features/embed/query_embedder.h"
#include "features/embed/test_model.h"
#include "features/embed/write_schema.h"
#include "objects/memory_store.h"
#include "testing/fake_store.h"
#include "wire/base64.h"

namespace layer::features::embed {
namespace {

std::string vector_of(std::string_view text) {
  const std::vector<float> values{static_cast<float>(text.size()), 1.0F};
  return '"' + wire::encode_base64_f32(values) + '"';
}

std::vector<std::unique_ptr<Model>> one_model(TestModel*& model) {
  std::vector<std::unique_ptr<Model>> models;
  auto made = std::make_unique<TestModel>();
  model = made.get();
  models.push_back(std::move(made));
  return models;
}

class WriteEmbedderTest : public ::testing::Test {
 protected:
  WriteEmbedderTest() {
    store.script([this](const testing::SeenCall&) -> async::Task<Result<store::Answer>> {
      co_return store::Answer{.status = metadata.empty() ? 404 : 200, .body = metadata};
    });
  }
  Result<std::optional<EmbeddedWrite>> prepare(const std::string& body) {
    return async::run_blocking(loops.at(0), [&] {
      return embedder.prepare({.ns = "n",
                               .physical = "n",
                               .store = store,
                               .deadline = async::SteadyClock::now() + std::chrono::seconds(30)},
                              body);
    });
  }
  void settle(const EmbeddedWrite& write, EmbeddedOutcome outcome) {
    async::run_blocking(loops.at(0), [&] { return embedder.settle(write, outcome); });
  }
  // As the store gets it.
  std::string sent(const std::string& body) {
    auto write = prepare(body);
    if (!write) {
      return write.error().message;
    }
    return *write ? (*write)->body : body;
  }
  void declare() {
    auto write = prepare(kDeclaring);
    ASSERT_TRUE(write && *write) << (write ? "not concerned" : write.error().message);
    settle(**write, EmbeddedOutcome::kApplied);
    metadata = R"({"schema":{"t":{"type":"string"},"embed_t":{"type":"[2]f32","ann":true}}})";
  }
  Profiles stored() {
    const auto object =
        async::run_blocking(loops.at(0), [&] { return objects.get(profiles_key("n")); });
    return object ? *parse_profiles(object->bytes) : Profiles();
  }

  static constexpr const char* kDeclaring =
      R"({"distance_metric":"cosine_distance","schema":{"t":{"type":"string","embed":"p/m"}},)"
      R"("upsert_rows":[{"id":1,"t":"abc"}]})";

  async::Loops loops{1};
  async::CpuPool pool{{}};
  core::ManualClock clock;
  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kError}};
  objects::MemoryStore objects{clock};
  testing::FakeStore store;
  std::string metadata;  // empty: the namespace is not there
  VectorCache cache{clock, {}};
  Compute compute{cache, metrics, clock};
  TestModel* model = nullptr;
  Models models{one_model(model)};
  ProfileStore profiles{objects, clock, {}};
  WriteEmbedder embedder{
      {.models = models, .profiles = profiles, .compute = compute, .pool = pool, .log = log}};
};

TEST_F(WriteEmbedderTest, ADeclarationBecomesAColumnAndRowsGetTheirVectors) {
  const auto write = prepare(kDeclaring);
  ASSERT_TRUE(write && *write);
  EXPECT_EQ((*write)->body,
            R"({"distance_metric":"cosine_distance","schema":{"t":{"type":"string"},)"
            R"("embed_t":{"type":"[2]f32","ann":true}},)"
            R"("upsert_rows":[{"id":1,"t":"abc","embed_t":)" +
                vector_of("abc") + "}]}");
  EXPECT_EQ((*write)->tokens, 1U);
  EXPECT_EQ(stored().at(0).state, Profile::State::kPending);
  settle(**write, EmbeddedOutcome::kApplied);
  EXPECT_EQ(stored().at(0).state, Profile::State::kActive);
}

TEST_F(WriteEmbedderTest, ARefusedWriteTakesItsProfileBack) {
  const auto first = prepare(kDeclaring);
  settle(**first, EmbeddedOutcome::kRefused);
  EXPECT_TRUE(stored().empty());
  declare();
  const auto again =
      prepare(R"({"schema":{"t":{"type":"string","embed":{"model":"p/m","revision":"2"}}},)"
              R"("upsert_rows":[]})");
  ASSERT_TRUE(again && *again);
  EXPECT_EQ(stored().at(0).revision, "2");
  settle(**again, EmbeddedOutcome::kRefused);
  EXPECT_EQ(stored().at(0).revision, "");
  EXPECT_EQ(stored().at(0).state, Profile::State::kActive);
}

TEST_F(WriteEmbedderTest, AProfileOfUnknownOutcomeIsSettledByTheSchema) {
  const auto write = prepare(kDeclaring);
  settle(**write, EmbeddedOutcome::kUnknown);
  EXPECT_EQ(stored().at(0).state, Profile::State::kPending);
  // It was not written: the next write declares the column.
  EXPECT_EQ(sent(R"({"upsert_rows":[{"id":1,"t":"a"}]})"),
            R"({"upsert_rows":[{"id":1,"t":"a","embed_t":)" + vector_of("a") +
                R"(}],"schema":{"embed_t":{"type":"[2]f32","ann":true}}})");
  // It was: the profile counts.
  metadata = R"({"schema":{"embed_t":{"type":"[2]f32","ann":true}}})";
  EXPECT_EQ(sent(R"({"upsert_rows":[{"id":1,"t":"a"}]})"),
            R"({"upsert_rows":[{"id":1,"t":"a","embed_t":)" + vector_of("a") + "}]}");
  EXPECT_EQ(stored().at(0).state, Profile::State::kActive);
}

TEST_F(WriteEmbedderTest, LaterWritesNeedNoDeclaration) {
  declare();
  EXPECT_EQ(sent(R"({"upsert_rows":[{"id":2,"t":"é\n"},{"id":3,"t":null},{"id":4}]})"),
            R"({"upsert_rows":[{"id":2,"t":"é\n","embed_t":)" + vector_of("é\n") +
                R"(},{"id":3,"t":null},{"id":4}]})");
  EXPECT_EQ(sent(R"({"schema":{"t":{"type":"string","embed":"p/m"}},"upsert_rows":[]})"),
            R"({"schema":{"t":{"type":"string"}},"upsert_rows":[]})");
}

TEST_F(WriteEmbedderTest, ARowsOwnVectorStays) {
  declare();
  const std::string own = R"({"upsert_rows":[{"id":2,"t":"abc","embed_t":[1,2]}]})";
  EXPECT_EQ(sent(own), own);
  EXPECT_EQ(sent(R"({"upsert_rows":[{"id":2,"embed_t":null,"t":"abc"}]})"),
            R"({"upsert_rows":[{"id":2,"embed_t":)" + vector_of("abc") + R"(,"t":"abc"}]})");
}

TEST_F(WriteEmbedderTest, ColumnsGetAColumn) {
  declare();
  EXPECT_EQ(sent(R"({"upsert_columns":{"id":[1,2,3],"t":["a",null,"nothing"]}})"),
            R"({"upsert_columns":{"id":[1,2,3],"t":["a",null,"nothing"],"embed_t":[)" +
                vector_of("a") + ",null,null]}}");
  EXPECT_EQ(sent(R"({"upsert_columns":{"id":[1,2],"embed_t":[[1,2],null],"t":["a","b"]}})"),
            R"({"upsert_columns":{"id":[1,2],"embed_t":[[1,2],)" + vector_of("b") +
                R"(],"t":["a","b"]}})");
}

TEST_F(WriteEmbedderTest, ATextOfWhichTheModelKnowsNothingHasNoVector) {
  declare();
  const std::string body = R"({"upsert_rows":[{"id":2,"t":"nothing"}]})";
  EXPECT_EQ(sent(body), body);
}

TEST_F(WriteEmbedderTest, RefusesWhatCannotBeEmbedded) {
  const auto refused = [&](const std::string& body, const std::string& member) {
    const auto write = prepare(body);
    ASSERT_FALSE(write.has_value()) << body;
    EXPECT_EQ(write.error().code, ErrorCode::kValidation) << body;
    EXPECT_EQ(write.error().message.find(member), 0U) << write.error().message;
  };
  refused(R"({"schema":{"t":{"type":"string","embed":"p/m"}},"upsert_rows":[]})",
          "distance_metric");
  refused(R"({"schema":{"t":{"embed":{"model":"p/m","dims":3}}}})", "schema.t.embed.dims");
  refused(R"({"schema":{"t":{"embed":{"model":"p/m","colour":3}}}})", "schema.t.embed.colour");
  refused(R"({"schema":{"t":{"embed":{"model":"p/m","attribute":"t"}}}})",
          "schema.t.embed.attribute");
  refused(
      R"({"schema":{"t":{"embed":{"model":"x","serving":{"prefer":"native"},"revision":"1"}}}})",
      "schema.t.embed.revision");
  refused(R"({"distance_metric":"cosine_distance",)"
          R"("schema":{"t":{"embed":"p/m"},"embed_t":"[3]f32"}})",
          "schema.embed_t");
  declare();
  refused(R"({"upsert_rows":[{"id":1,"t":7}]})", "upsert_rows[0].t");
  refused(R"({"upsert_columns":{"id":[1],"t":[7]}})", "upsert_columns.t[0]");
  refused(R"({"patch_rows":[{"id":1,"t":"x"}]})", "t: is embedded");
  refused(R"({"patch_columns":{"id":[1],"t":["x"]}})", "t: is embedded");
  refused(R"({"patch_by_filter":{"filters":["id","Eq",1],"patch":{"t":"x"}}})", "t: is embedded");
  metadata = R"({"schema":{"embed_u":{"type":"[3]f32","ann":true}}})";
  refused(R"({"schema":{"u":{"embed":"p/m"}}})", "schema.u.embed");
  std::string many = R"({"upsert_rows":[)";
  for (std::size_t i = 0; i <= kInputsMax; ++i) {
    many += (i > 0 ? "," : "") + std::string(R"({"id":1,"t":"x"})");
  }
  refused(many + "]}", "upsert_rows");
}

TEST_F(WriteEmbedderTest, SaysWhichModelIsNotThereAndWhichServingIsNot) {
  const auto code = [&](const std::string& embed) {
    const auto write = prepare(R"({"schema":{"t":{"embed":)" + embed + "}}}");
    return write ? ErrorCode::kInternal : write.error().code;
  };
  EXPECT_EQ(code(R"("p/other")"), ErrorCode::kFeatureUnavailable);
  EXPECT_EQ(code(R"({"model":"p/m","serving":{"prefer":"moon"}})"), ErrorCode::kUnsupportedByStore);
  EXPECT_EQ(code(R"({"model":"p/m","chunk":{"strategy":"letters"}})"), ErrorCode::kValidation);
  store.declare("embed", store::Support::kSupported);
  EXPECT_EQ(sent(R"({"schema":{"t":{"embed":"p/other"}}})"),
            R"({"schema":{"t":{"embed":"p/other"}}})");
  EXPECT_EQ(sent(R"({"schema":{"t":{"embed":{"model":"p/m","serving":{"prefer":"native"}}}}})"),
            R"({"schema":{"t":{"embed":{"model":"p/m"}}}})");
}

TEST_F(WriteEmbedderTest, ADocumentIsStoredWithItsChunks) {
  const auto first =
      prepare(R"({"distance_metric":"cosine_distance","schema":{"t":{"type":"string","embed":)"
              R"({"model":"p/m","chunk":{"strategy":"fixed","size":2}}}},)"
              R"("upsert_rows":[{"id":"a","t":"abca","n":1}]})");
  ASSERT_TRUE(first && *first) << first.error().message;
  EXPECT_TRUE((*first)->chunked);
  EXPECT_EQ(
      (*first)->body,
      R"({"distance_metric":"cosine_distance","schema":{"t":{"type":"string"},)"
      R"("embed_t":{"type":"[2]f32","ann":true},"_hevlayer_parent_id":{"type":"string"},)"
      R"("_hevlayer_chunk_index":{"type":"int"}},"upsert_rows":[{"id":"a","t":"abca","n":1,)"
      R"("embed_t":)" +
          vector_of("ab") +
          R"(},{"id":"a#0","n":1,"t":"ab","_hevlayer_parent_id":"a","_hevlayer_chunk_index":0,"embed_t":)" +
          vector_of("ab") +
          R"(},{"id":"a#1","n":1,"t":"ca","_hevlayer_parent_id":"a","_hevlayer_chunk_index":1,)"
          R"("embed_t":)" +
          vector_of("ca") + "}]}");
  settle(**first, EmbeddedOutcome::kApplied);
  metadata = R"({"schema":{"t":{"type":"string"},"embed_t":{"type":"[2]f32","ann":true},)"
             R"("_hevlayer_parent_id":{"type":"string"}}})";
  EXPECT_EQ(sent(R"({"upsert_rows":[{"id":"a","t":null}],"deletes":["b",7]})"),
            R"({"delete_by_filter":["_hevlayer_parent_id","In",["a","b"]],)"
            R"("upsert_rows":[{"id":"a","t":null}],"deletes":["b",7]})");
}

TEST_F(WriteEmbedderTest, NullRemovesTheProfileOnceTheWriteIsApplied) {
  declare();
  const auto write = prepare(R"({"schema":{"t":{"type":"string","embed":null}}})");
  ASSERT_TRUE(write && *write);
  EXPECT_EQ((*write)->body, R"({"schema":{"t":{"type":"string"}}})");
  EXPECT_EQ(stored().size(), 1U);
  settle(**write, EmbeddedOutcome::kApplied);
  EXPECT_TRUE(stored().empty());
}

TEST_F(WriteEmbedderTest, NothingIsLeftWhenTheModelIsDown) {
  model->failure = Error{.code = ErrorCode::kServiceUnavailable, .message = "down"};
  const auto write = prepare(kDeclaring);
  ASSERT_FALSE(write.has_value());
  EXPECT_EQ(write.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_TRUE(stored().empty());
}

TEST_F(WriteEmbedderTest, BodiesOfOtherNamespacesAndOtherShapesGoAsTheyAre) {
  for (const std::string body :
       {R"({"upsert_rows":[{"id":1,"t":"x"}]})", R"({"embed":)", "[]", R"({"schema":"embed"})",
        R"({"schema":{"t":"string"},"note":"embed"})"}) {
    EXPECT_EQ(sent(body), body);
  }
}

TEST_F(WriteEmbedderTest, QueriesFindTheProfileByTextOrColumn) {
  QueryEmbedder queries(models, profiles, compute);
  declare();
  for (const std::string field : {"t", "embed_t"}) {
    EXPECT_TRUE(queries.serves("n", field, ""));
    const auto vector = async::run_blocking(loops.at(0), [&] {
      return queries.embed({.ns = "n", .field = field, .text = "abcd"}, async::TimePoint::max());
    });
    ASSERT_TRUE(vector.has_value());
    EXPECT_EQ(vector->values, (std::vector<float>{4, 1}));
    EXPECT_EQ(vector->attribute, "embed_t");
    EXPECT_FALSE(vector->stale_profile);
  }
  EXPECT_FALSE(queries.serves("n", "other", ""));
  EXPECT_TRUE(queries.serves("n", "other", "p/m"));
  const auto nameless = async::run_blocking(loops.at(0), [&] {
    return queries.embed({.ns = "n", .field = "other", .text = "a"}, async::TimePoint::max());
  });
  EXPECT_EQ(nameless.error().message, "model: model name must be provided");
}

TEST(AddPerformance, GoesIntoWhatTheStoreSays) {
  const EmbeddedWrite write{.computed = true, .tokens = 7, .took = std::chrono::microseconds(2500)};
  const std::string members = R"("embedding_tokens":7,"embedding_images":0,"embedding_ms":2)";
  EXPECT_EQ(add_performance(R"({"status":"OK"})", write),
            R"({"status":"OK","performance":{)" + members + "}}");
  EXPECT_EQ(add_performance(R"({"performance":{"server_total_ms":1}})", write),
            R"({"performance":{"server_total_ms":1,)" + members + "}}");
  EXPECT_EQ(add_performance("no", write), "no");
}

// Every body that is a write keeps being JSON, and everything but vectors stays.
TEST_F(WriteEmbedderTest, RandomBodiesKeepWhatTheySay) {
  declare();
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](auto... texts) {
    const std::vector<std::string> all{texts...};
    return all[random() % all.size()];
  };
  for (int i = 0; i < 200; ++i) {
    std::string body = "{";
    const auto rows = random() % 4;
    body += pick(R"("upsert_rows" : [)", R"("x":{"t":["embed"]}, "upsert_rows":[)");
    for (std::size_t row = 0; row < rows; ++row) {
      body += (row > 0 ? pick(",", " , ") : "") + R"({"id":)" + std::to_string(row) +
              pick("", R"(,"t":"a\u0000b")", R"( , "t" : "x" )", R"(,"t":null)",
                   R"(,"u":{"t":1},"t":"y")") +
              pick("", R"(,"embed_t":[1,2])", R"(,"v":["]}"])") + pick("}", " }");
    }
    body += pick("]}", "] }", R"(],"deletes":[1]})");
    auto write = prepare(body);
    ASSERT_TRUE(write.has_value()) << body;
    const std::string out = *write ? (*write)->body : body;
    ASSERT_TRUE(json::Document::parse(out).has_value()) << out;
    std::size_t at = 0;  // the original is left when vectors are taken out
    std::string rest;
    while (at < out.size()) {
      const std::string marker = R"(,"embed_t":")";
      const std::size_t found = out.find(marker, at);
      rest += out.substr(at, found - at);
      if (found == std::string::npos) {
        break;
      }
      at = out.find('"', found + marker.size()) + 1;
    }
    EXPECT_EQ(rest, body);
  }
}

}  // namespace
}  // namespace layer::features::embed
