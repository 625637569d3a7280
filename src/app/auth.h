// Bearer keys of the store. Thread safety: check() from any thread.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/error.h"
#include "http/headers.h"

namespace layer::app {

class Auth {
 public:
  // No keys: every request passes.
  explicit Auth(const std::vector<std::string>& keys);

  // Errors: kUnauthorized. The time does not depend on which key came close, nor on how close.
  Result<void> check(const http::Headers& headers) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  std::vector<Digest> digests_;
};

}  // namespace layer::app
