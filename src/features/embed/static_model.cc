#include "features/embed/static_model.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "features/embed/vectors.h"

namespace layer::features::embed {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& file) {
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  if (error || bytes > kTokenizerBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: cannot be read, or is larger than {} bytes", file.string(),
                            kTokenizerBytesMax));
  }
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) {
    return fail(ErrorCode::kIo, file.string() + ": cannot be read");
  }
  return text;
}

Result<Tokenizer> read_tokenizer(const fs::path& folder) {
  std::error_code ignored;
  const fs::path json = folder / "tokenizer.json";
  const fs::path words = folder / "words.txt";
  if (!fs::exists(json, ignored) && !fs::exists(words, ignored)) {
    return fail(ErrorCode::kNotFound,
                folder.string() + ": has neither tokenizer.json nor words.txt");
  }
  const bool is_json = fs::exists(json, ignored);
  const fs::path& file = is_json ? json : words;
  LAYER_ASSIGN(std::string text, read_file(file));
  auto tokenizer = is_json ? Tokenizer::from_json(std::move(text)) : Tokenizer::from_words(text);
  if (!tokenizer) {
    tokenizer.error().message = file.string() + ": " + tokenizer.error().message;
  }
  return tokenizer;
}

}  // namespace

Result<std::unique_ptr<StaticModel>> StaticModel::open(ModelSpec spec, async::CpuPool& pool) {
  const fs::path folder = spec.path;
  LAYER_ASSIGN(TensorTable table, TensorTable::open((folder / "model.safetensors").string()));
  LAYER_ASSIGN(Tokenizer tokenizer, read_tokenizer(folder));
  if (spec.dims > table.columns()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: the table has {} dimensions, the models file says {}",
                            folder.string(), table.columns(), spec.dims));
  }
  if (tokenizer.rows() > table.rows()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: the tokenizer knows {} tokens, the table has {} rows",
                            folder.string(), tokenizer.rows(), table.rows()));
  }
  return std::unique_ptr<StaticModel>(
      new StaticModel(std::move(spec), std::move(table), std::move(tokenizer), pool));
}

std::vector<float> StaticModel::vector_of(std::string_view text, std::uint32_t dims,
                                          std::uint64_t& tokens) const {
  const auto read = tokenizer_.tokenize(text, spec_.tokens_max);
  tokens += read.count;
  if (read.known.empty()) {
    return {};
  }
  std::vector<float> mean(dims, 0.0F);
  for (const std::uint32_t row : read.known) {
    table_.add_row(row, mean);
  }
  const auto count = static_cast<float>(read.known.size());
  for (float& value : mean) {
    value /= count;
  }
  if (spec_.normalize) {
    normalize(mean);
  }
  return mean;
}

std::size_t StaticModel::count_tokens(std::string_view text) const {
  return tokenizer_.tokenize(text, std::numeric_limits<std::size_t>::max()).count;
}

async::Task<Result<Vectors>> StaticModel::embed(ModelInput input, async::TimePoint deadline) {
  Vectors out;
  out.rows.reserve(input.texts.size());
  while (out.rows.size() < input.texts.size()) {
    if (async::SteadyClock::now() >= deadline) {
      co_return fail(ErrorCode::kGatewayTimeout, "the deadline passed while texts were embedded");
    }
    // Bound by its name, not a temporary of the await.
    const auto work = [&] {
      const std::size_t end =
          std::min(out.rows.size() + std::size_t{spec_.batch}, input.texts.size());
      while (out.rows.size() < end) {
        out.rows.push_back(vector_of(input.texts[out.rows.size()], input.dims, out.tokens));
      }
    };
    LAYER_CO_TRY(co_await pool_.run(work));
  }
  co_return out;
}

}  // namespace layer::features::embed
