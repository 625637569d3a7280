#include "features/freshness/signing_keys.h"

#include <fmt/format.h>

#include "core/base64url.h"
#include "core/random.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::freshness {
namespace {

constexpr std::uint32_t kVersion = 1;

std::string print_keys(std::string_view key) {
  json::Writer out;
  out.begin_object().member("v", kVersion).key("keys").begin_array();
  out.value(core::encode_base64url(key)).end_array().end_object();
  return std::move(out).take();
}

std::unexpected<Error> corrupt(std::string_view why) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("the object {} cannot be read as signing keys: {}; remove it to have a "
                          "new key made, or give --cursor-key",
                          kSigningKeyObject, why));
}

Result<core::Signer> parse_keys(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  if (!document || !document->root().is_object()) {
    return corrupt("it is not a JSON object");
  }
  std::uint64_t version = 0;
  if (document->root()["v"].get(version) != simdjson::SUCCESS || version != kVersion) {
    return corrupt("its version is unknown");
  }
  json::Array listed;
  if (document->root()["keys"].get(listed) != simdjson::SUCCESS) {
    return corrupt("it has no list of keys");
  }
  std::vector<std::string> keys;
  for (const json::Value item : listed) {
    std::string_view encoded;
    auto key =
        item.get(encoded) == simdjson::SUCCESS ? core::decode_base64url(encoded) : std::nullopt;
    if (!key) {
      return corrupt("a key is not base64url");
    }
    keys.push_back(std::move(*key));
  }
  auto signer = core::Signer::make(std::move(keys));
  return signer ? std::move(signer) : Result<core::Signer>(corrupt(signer.error().message));
}

}  // namespace

Result<core::Signer> signer_from_option(std::string_view option) {
  std::vector<std::string> keys;
  for (std::size_t comma = option.find(','); comma != option.npos; comma = option.find(',')) {
    keys.emplace_back(option.substr(0, comma));
    option.remove_prefix(comma + 1);
  }
  keys.emplace_back(option);
  return core::Signer::make(std::move(keys));
}

async::Task<Result<std::unique_ptr<core::Signer>>> load_signer(objects::ObjectStore& store) {
  const std::string key(kSigningKeyObject);
  auto object = co_await store.get(key);
  if (!object && object.error().code == ErrorCode::kNotFound) {
    const auto created = co_await store.put(key, print_keys(core::random_bytes(kSigningKeyBytes)),
                                            objects::Condition::absent());
    // Another gateway may have been first; and a put of unknown outcome is settled by reading.
    object = co_await store.get(key);
    if (!object && !created) {
      co_return std::unexpected(created.error());
    }
  }
  LAYER_CO_TRY(object);
  LAYER_CO_ASSIGN(core::Signer signer, parse_keys(std::move(object->bytes)));
  co_return std::make_unique<core::Signer>(std::move(signer));
}

core::Signer temporary_signer() {
  return *core::Signer::make({core::random_bytes(kSigningKeyBytes)});
}

}  // namespace layer::features::freshness
