#include "objects/s3/signature.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "core/random.h"
#include "http/headers.h"

namespace layer::objects::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string_view view(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> mac{};
  unsigned size = 0;
  ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  return std::string(view(mac.data(), size));
}

void sort_headers(SignedRequest& request) {
  std::ranges::sort(request.headers, {}, &std::pair<std::string, std::string>::first);
}

std::string names_of(const SignedRequest& sorted) {
  std::string names;
  for (const auto& [name, value] : sorted.headers) {
    names += names.empty() ? "" : ";";
    names += name;
  }
  return names;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return core::hex(view(digest.data(), digest.size()));
}

std::string canonical_request(SignedRequest request) {
  sort_headers(request);
  std::string out = fmt::format("{}\n{}\n{}\n", request.method, request.path, request.query);
  for (const auto& [name, value] : request.headers) {
    fmt::format_to(std::back_inserter(out), "{}:{}\n", name, http::trim(value));
  }
  fmt::format_to(std::back_inserter(out), "\n{}\n{}", names_of(request), request.payload_hash);
  return out;
}

std::string authorization(const SignedRequest& request, const SigningScope& scope,
                          const Credentials& credentials) {
  const std::string_view day = scope.amz_date.substr(0, 8);
  const std::string place = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, scope.amz_date, place,
                                          sha256_hex(canonical_request(request)));
  std::string key = hmac("AWS4" + credentials.secret_access_key, day);
  for (const std::string_view part :
       {scope.region, scope.service, std::string_view("aws4_request")}) {
    key = hmac(key, part);
  }
  SignedRequest sorted = request;
  sort_headers(sorted);
  return fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                     credentials.access_key_id, place, names_of(sorted),
                     core::hex(hmac(key, to_sign)));
}

}  // namespace layer::objects::s3
