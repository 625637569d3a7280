#include "sources/document.h"

#include <openssl/evp.h>

#include <fmt/format.h>
#include <array>
#include <boost/json.hpp>

#include "core/random.h"
#include "features/chunking/pieces.h"
#include "features/chunking/split.h"

namespace layer::sources {
namespace {

namespace chunking = features::chunking;

constexpr std::size_t kHashBytes = 16;
// There is no model here to count with; most make a token of about four characters.
constexpr std::size_t kCharactersPerToken = 4;

std::string digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  return core::hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), kHashBytes));
}

std::size_t about_tokens(std::string_view text) {
  return (chunking::count_characters(text) + kCharactersPerToken - 1) / kCharactersPerToken;
}

// The last name of a path: what its value is called as an attribute.
std::string_view last_name(std::string_view path) {
  return path.substr(path.find_last_of("./") + 1);
}

boost::json::object metadata_of(const boost::json::value& record, const SourceSpec& spec) {
  boost::json::object metadata;
  for (const std::string& path : spec.mapping.attributes) {
    const auto* value = find_path(record, path);
    if (value != nullptr && !value->is_null()) {
      metadata[last_name(path)] = *value;
    }
  }
  return metadata;
}

Result<std::vector<std::string_view>> cut(const std::string& text, const SourceSpec& spec) {
  if (spec.split) {
    return chunking::split(text, *spec.split, about_tokens);
  }
  return std::vector<std::string_view>{text};
}

}  // namespace

Result<StagedDocument> make_document(const Record& record, const SourceSpec& spec) {
  const boost::json::value value(record);
  const auto* id = find_path(value, spec.mapping.id);
  const auto* text = find_path(value, spec.mapping.text);
  StagedDocument document;
  document.id = id == nullptr ? std::string() : text_of(*id);
  if (document.id.empty()) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("a record has no {}", spec.mapping.id));
  }
  auto metadata = metadata_of(value, spec);
  if (document.id.size() > kDocumentIdBytesMax) {
    metadata["source_id"] = document.id;
    document.id = digest(document.id);
  }
  const std::string body = text == nullptr ? std::string() : text_of(*text);
  if (body.size() > kTextBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: more than {} bytes of text", document.id, kTextBytesMax));
  }
  const auto parts = cut(body, spec);
  if (!parts || parts->empty() || parts->front().empty()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: {}", document.id, parts ? "no text" : parts.error().message));
  }
  boost::json::array chunks;
  for (const std::string_view part : *parts) {
    chunks.push_back({{"id", fmt::format("{}#{}", document.id, chunks.size())},
                      {"text", part},
                      {"metadata", metadata}});
  }
  document.chunks = chunks.size();
  document.body = boost::json::serialize(boost::json::object{{"chunks", std::move(chunks)}});
  document.hash = digest(document.body);
  return document;
}

}  // namespace layer::sources
