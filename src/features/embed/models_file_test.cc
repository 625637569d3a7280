#include "features/embed/models_file.h"

#include <gtest/gtest.h>

namespace layer::features::embed {
namespace {

std::vector<std::string> mistakes(std::string text) {
  std::vector<std::string> out;
  const auto models = parse_models(std::move(text));
  if (!models) {
    for (const Error& error : models.error()) {
      out.push_back(error.message);
    }
  }
  return out;
}

TEST(ModelsFile, ReadsEveryMember) {
  const auto models = parse_models(R"([
    {"name":"local/small","kind":"static","path":"/m","dims":64,"max_tokens":256},
    {"name":"p/m","kind":"http","url":"https://host:8443/x","model":"m","dims":384,
     "max_tokens":512,"normalize":false,"batch":8,"concurrency":4,"timeout_ms":5000,
     "api_key_secret":{"name":"s","key":"k"},"query_prefix":"q: ","document_prefix":"d: ",
     "modality":"image"}])");
  ASSERT_TRUE(models.has_value()) << models.error().front().message;
  const ModelSpec small{.name = "local/small", .path = "/m", .dims = 64, .tokens_max = 256};
  EXPECT_EQ(models->at(0), small);
  const ModelSpec remote{.name = "p/m",
                         .kind = ModelSpec::Kind::kHttp,
                         .url = "https://host:8443/x",
                         .remote_name = "m",
                         .dims = 384,
                         .tokens_max = 512,
                         .normalize = false,
                         .batch = 8,
                         .concurrency = 4,
                         .time_max = std::chrono::seconds(5),
                         .api_key = {{.name = "s", .key = "k"}},
                         .query_prefix = "q: ",
                         .document_prefix = "d: ",
                         .modality = Modality::kImage};
  EXPECT_EQ(models->at(1), remote);
}

TEST(ModelsFile, NamesEveryMistakeAtItsPlace) {
  EXPECT_EQ(mistakes(R"([
    {"name":"a","kind":"static","path":"/m","dims":64,"max_tokens":256},
    {"name":"a","kind":"static","dims":0,"max_tokens":"x","colour":1},
    {"kind":"http","dims":64,"max_tokens":256,"url":"ftp://x","path":"/m"},
    7,
    {"name":"b","kind":"onnx"}])"),
            (std::vector<std::string>{
                "[1].dims: must be an integer from 1 to 10752",
                "[1].max_tokens: must be an integer from 1 to 131072",
                "[1].colour: is not a member of a model",
                "[1].path: is missing",
                R"([1].name: "a" is taken by a model above)",
                mistakes(R"([{"name":"c","kind":"http","dims":1,"max_tokens":1,"url":"ftp://x"}])")
                    .at(0)
                    .replace(0, 3, "[2]"),
                "[2].name: is missing",
                "[2].path: is not for a http model",
                "[3]: must be an object",
                R"([4].kind: must be "static" or "http")",
                R"([4].kind: must be "static" or "http")",
            }));
}

TEST(ModelsFile, IsAListOfModels) {
  EXPECT_EQ(mistakes("{}"),
            std::vector<std::string>{"the models file must hold a list of at most 64 models"});
  EXPECT_FALSE(mistakes("[").empty());
  EXPECT_TRUE(parse_models("[]").has_value());
}

}  // namespace
}  // namespace layer::features::embed
