#include "features/embed/static_model.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "async/loops.h"
#include "async/run.h"
#include "json/document.h"
#include "testing/source_dir.h"

namespace layer::features::embed {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const fs::path kModel = fs::path(testing::source_dir()) / "examples/static-model";

ModelSpec spec_of(const fs::path& folder, std::uint32_t dims) {
  return {.name = "local/test", .path = folder.string(), .dims = dims, .tokens_max = 512};
}

class StaticModelTest : public ::testing::Test {
 protected:
  Vectors embed(StaticModel& model, std::vector<std::string> texts, std::uint32_t dims) {
    auto out = async::run_blocking(loops.at(0), [&] {
      return model.embed({.texts = texts, .dims = dims}, async::TimePoint::max());
    });
    EXPECT_TRUE(out.has_value());
    return out ? std::move(*out) : Vectors();
  }
  async::Loops loops{1};
  async::CpuPool pool{{}};
};

// What the tokenizers library and numpy make of the same texts (tools/static_model/reference.py).
TEST_F(StaticModelTest, AgreesWithTheReference) {
  const auto cases = json::Document::parse(
      slurp(fs::path(testing::source_dir()) / "src/features/embed/testdata/reference.json"));
  ASSERT_TRUE(cases.has_value());
  auto tokenizer = Tokenizer::from_json(slurp(kModel / "tokenizer.json"));
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().message;
  auto model = StaticModel::open(spec_of(kModel, 64), pool);
  ASSERT_TRUE(model.has_value()) << model.error().message;
  for (const json::Value item : cases->root().get_array().value()) {
    const std::string text(item["text"].get_string().value());
    std::vector<std::uint32_t> known;
    for (const json::Value row : item["known"].get_array().value()) {
      known.push_back(static_cast<std::uint32_t>(row.get_uint64().value()));
    }
    const auto tokens = tokenizer->tokenize(text, 512);
    EXPECT_EQ(tokens.known, known) << text;
    EXPECT_EQ(tokens.count, item["tokens"].get_uint64().value()) << text;
    const Vectors vectors = embed(**model, {text}, 64);
    const auto wanted = item["vector"].get_array().value();
    ASSERT_EQ(vectors.rows.at(0).size(), wanted.size()) << text;
    std::size_t i = 0;
    for (const json::Value value : wanted) {
      EXPECT_NEAR(vectors.rows[0][i++], value.get_double().value(), 2e-5) << text;
    }
  }
}

TEST_F(StaticModelTest, FewerDimensionsAreTheFirstOnesAtLengthOne) {
  auto model = StaticModel::open(spec_of(kModel, 64), pool);
  ASSERT_TRUE(model.has_value());
  const auto whole = embed(**model, {"music"}, 64).rows.at(0);
  const auto part = embed(**model, {"music"}, 16).rows.at(0);
  ASSERT_EQ(part.size(), 16U);
  double length = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    length += static_cast<double>(part[i]) * part[i];
    EXPECT_NEAR(part[i] / part[0], whole[i] / whole[0], 1e-4);
  }
  EXPECT_NEAR(length, 1.0, 1e-5);
}

TEST_F(StaticModelTest, ReadsNoMoreTokensThanItIsAllowed) {
  auto spec = spec_of(kModel, 64);
  spec.tokens_max = 2;
  auto model = StaticModel::open(spec, pool);
  ASSERT_TRUE(model.has_value());
  const auto vectors = embed(**model, {"piano music", "piano music cat dog"}, 64);
  EXPECT_EQ(vectors.rows.at(0), vectors.rows.at(1));
  EXPECT_EQ(vectors.tokens, 4U);
}

TEST_F(StaticModelTest, ATextOfUnknownWordsHasNoVector) {
  auto model = StaticModel::open(spec_of(kModel, 64), pool);
  ASSERT_TRUE(model.has_value());
  EXPECT_TRUE(embed(**model, {"😀"}, 64).rows.at(0).empty());
  EXPECT_TRUE(embed(**model, {""}, 64).rows.at(0).empty());
}

// A folder that goes away.
class ModelFiles : public StaticModelTest {
 protected:
  ModelFiles() { fs::create_directories(folder); }
  ~ModelFiles() override { fs::remove_all(folder); }
  void put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
  void table(const std::string& header, const std::string& data) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) {
      bytes[i] = static_cast<char>((header.size() >> (8 * i)) & 0xffU);
    }
    put("model.safetensors", bytes + header + data);
  }
  static std::string floats(std::vector<float> values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
  }
  std::string refusal(std::uint32_t dims = 2) {
    const auto model = StaticModel::open(spec_of(folder, dims), pool);
    return model ? "opened" : model.error().message;
  }
  static constexpr const char* kTwoRows =
      R"({"embeddings":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  fs::path folder = fs::temp_directory_path() /
                    ("static-model-" +
                     std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(ModelFiles, AWordListIsATokenizerToo) {
  table(kTwoRows, floats({1, 0, 0, 1}));
  put("words.txt", "cat\ndog\n");
  auto model = StaticModel::open(spec_of(folder, 2), pool);
  ASSERT_TRUE(model.has_value()) << model.error().message;
  const auto vectors = embed(**model, {"Cat!", "a CAT, a dog", "doghouse"}, 2);
  EXPECT_EQ(vectors.rows.at(0), (std::vector<float>{1, 0}));
  EXPECT_NEAR(vectors.rows.at(1).at(0), 0.7071F, 1e-4);
  EXPECT_TRUE(vectors.rows.at(2).empty());
}

TEST_F(ModelFiles, SaysWhatIsWrongWithATable) {
  put("words.txt", "cat\ndog\n");
  EXPECT_NE(refusal().find("model.safetensors"), std::string::npos);
  put("model.safetensors", "short");
  EXPECT_NE(refusal().find("too short"), std::string::npos);
  table(kTwoRows, floats({1, 0, 0}));
  EXPECT_NE(refusal().find("does not lie in the file"), std::string::npos);
  table(R"({"embeddings":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]}})", "1234");
  EXPECT_NE(refusal().find("tables of I8 are not supported"), std::string::npos);
  table(R"({"embeddings":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
           "weights":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}})",
        floats({1, 0, 0, 1, 1, 1}));
  EXPECT_NE(refusal().find(R"(tensor "weights" beside the table is not supported)"),
            std::string::npos);
  table(R"({"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
           "b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}})",
        floats({1, 0, 0, 1}));
  EXPECT_NE(refusal().find("2 tables"), std::string::npos);
  table(kTwoRows, floats({1, 0, 0, 1}));
  EXPECT_NE(refusal(3).find("has 2 dimensions, the models file says 3"), std::string::npos);
  put("words.txt", "cat\ndog\nbird\n");
  EXPECT_NE(refusal().find("knows 3 tokens, the table has 2 rows"), std::string::npos);
}

TEST_F(ModelFiles, RefusesTokenizersItDoesNotKnowAndNamesThem) {
  table(kTwoRows, floats({1, 0, 0, 1}));
  EXPECT_NE(refusal().find("neither tokenizer.json nor words.txt"), std::string::npos);
  put("tokenizer.json", R"({"model":{"type":"BPE"}})");
  EXPECT_NE(refusal().find(R"(model "BPE" is not supported, only WordPiece)"), std::string::npos);
  put("tokenizer.json", R"({"model":{"type":"WordPiece"},"normalizer":{"type":"NFKC"}})");
  EXPECT_NE(refusal().find(R"(normalizer "NFKC" is not supported)"), std::string::npos);
  put("tokenizer.json", R"({"model":{"type":"WordPiece"},"normalizer":{"type":"BertNormalizer"}})");
  EXPECT_NE(refusal().find(R"(pre_tokenizer "none" is not supported)"), std::string::npos);
  put("tokenizer.json", "{");
  EXPECT_NE(refusal().find("tokenizer.json"), std::string::npos);
}

}  // namespace
}  // namespace layer::features::embed
