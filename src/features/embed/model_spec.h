// What the models file says of a model (rule EM3 of the contract). Thread safety: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace layer::features::embed {

enum class Modality : std::uint8_t { kText, kImage };
constexpr std::string_view name(Modality modality) {
  return modality == Modality::kText ? "text" : "image";
}

inline constexpr std::uint32_t kBatchMax = 2048;
inline constexpr std::uint32_t kConcurrencyMax = 64;
inline constexpr std::uint32_t kModelTokensMax = 131'072;
inline constexpr std::chrono::milliseconds kModelTimeMax = std::chrono::minutes(10);
inline constexpr std::size_t kModelNameBytesMax = 128;
inline constexpr std::size_t kPrefixBytesMax = 4096;

struct ModelSpec {
  enum class Kind : std::uint8_t { kStatic, kHttp };
  // A secret, named: where its value is stands in resources/secrets.h.
  struct SecretName {
    std::string name;
    std::string key;
    bool operator==(const SecretName&) const = default;
  };

  std::string name{};  // how namespaces name it, "provider/model"
  Kind kind = Kind::kStatic;
  std::string path{};         // static: the folder with the table and its tokenizer
  std::string url{};          // http: what "/v1/embeddings" is put behind
  std::string remote_name{};  // http: what the endpoint calls it
  std::uint32_t dims = 0;
  std::uint32_t tokens_max = 0;  // static: what follows them in a text is left out
  bool normalize = true;         // vectors get length one
  std::uint32_t batch = 32;      // texts of one call
  std::uint32_t concurrency = 2;
  std::chrono::milliseconds time_max = std::chrono::seconds(30);  // of one call
  std::optional<SecretName> api_key{};
  std::string query_prefix{};
  std::string document_prefix{};
  Modality modality = Modality::kText;

  bool operator==(const ModelSpec&) const = default;
};
constexpr std::string_view name(ModelSpec::Kind kind) {
  return kind == ModelSpec::Kind::kStatic ? "static" : "http";
}

}  // namespace layer::features::embed
