#include "features/embed/http_answer.h"

#include <fmt/format.h>

#include "features/embed/vectors.h"
#include "json/document.h"
#include "json/writer.h"
#include "wire/base64.h"

namespace layer::features::embed {
namespace {

std::unexpected<Error> unusable(std::string what) {
  return fail(ErrorCode::kUpstream, "the model's answer cannot be used: " + std::move(what));
}

Result<std::vector<float>> read_vector(const json::Value& value, std::uint32_t dims) {
  std::vector<float> out;
  std::string_view text;
  json::Array numbers;
  if (value.get(text) == simdjson::SUCCESS) {
    auto decoded = wire::decode_base64_f32(text);
    if (!decoded) {
      return unusable("an embedding is not base64 of f32 numbers");
    }
    out = std::move(*decoded);
  } else if (value.get(numbers) == simdjson::SUCCESS) {
    out.reserve(dims);
    for (const json::Value item : numbers) {
      double number = 0;
      if (item.get(number) != simdjson::SUCCESS) {
        return unusable("an embedding holds what is no number");
      }
      out.push_back(static_cast<float>(number));
    }
  } else {
    return unusable("an embedding is neither base64 nor an array");
  }
  if (out.size() != dims) {
    return unusable(fmt::format("an embedding has {} dimensions instead of {}", out.size(), dims));
  }
  if (!all_finite(out)) {
    return unusable("an embedding holds numbers that are not finite");
  }
  return out;
}

}  // namespace

std::string print_embeddings_request(std::string_view model, std::span<const std::string> inputs,
                                     std::uint32_t dimensions) {
  json::Writer out;
  out.begin_object().member("model", model).key("input").begin_array();
  for (const std::string& input : inputs) {
    out.value(input);
  }
  out.end_array();
  if (dimensions > 0) {
    out.member("dimensions", dimensions);
  }
  out.member("encoding_format", "base64").end_object();
  return std::move(out).take();
}

Result<Vectors> parse_embeddings_answer(std::string text, std::size_t count, std::uint32_t dims) {
  const auto document = json::Document::parse(std::move(text));
  json::Object root;
  json::Array data;
  if (!document || document->root().get(root) != simdjson::SUCCESS ||
      root["data"].get(data) != simdjson::SUCCESS) {
    return unusable("it is no object with a list called data");
  }
  Vectors out;
  out.rows.resize(count);
  std::size_t filled = 0;
  std::size_t position = 0;
  for (const json::Value item : data) {
    json::Object object;
    json::Value embedding;
    if (item.get(object) != simdjson::SUCCESS ||
        object["embedding"].get(embedding) != simdjson::SUCCESS) {
      return unusable("an item of data has no embedding");
    }
    std::uint64_t index = position++;
    json::Value given;
    if (object["index"].get(given) == simdjson::SUCCESS && given.get(index) != simdjson::SUCCESS) {
      return unusable("an index is no integer");
    }
    if (index >= count || !out.rows[index].empty()) {
      return unusable(fmt::format("index {} is given twice or was not asked for", index));
    }
    LAYER_ASSIGN(out.rows[index], read_vector(embedding, dims));
    ++filled;
  }
  if (filled != count) {
    return unusable(fmt::format("it has {} vectors for {} texts", filled, count));
  }
  json::Object usage;
  if (root["usage"].get(usage) == simdjson::SUCCESS &&
      usage["total_tokens"].get(out.tokens) != simdjson::SUCCESS) {
    out.tokens = 0;
  }
  return out;
}

}  // namespace layer::features::embed
