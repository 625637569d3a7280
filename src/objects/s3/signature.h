// Signature Version 4 of Amazon's services: what is signed, spelled as the service will spell it,
// and the header that carries the signature. Source: "Signature calculations for the Authorization
// header: transferring payload in a single chunk" in the S3 API reference.
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/s3/credentials.h"

namespace layer::objects::s3 {

// Lower-case hexadecimal SHA-256. Cost: 0.5 to 3 ns a byte.
std::string sha256_hex(std::string_view bytes);

struct SignedRequest {
  std::string_view method;
  std::string_view path;   // encoded, as sent
  std::string_view query;  // encoded and in order, as sent; without '?'
  // All of them are signed, "host" and "x-amz-date" among them. Names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view payload_hash;
};

struct SigningScope {
  std::string_view region;
  std::string_view service;
  std::string_view amz_date;
};

std::string canonical_request(SignedRequest request);
// The value of the authorization header.
std::string authorization(const SignedRequest& request, const SigningScope& scope,
                          const Credentials& credentials);

}  // namespace layer::objects::s3
