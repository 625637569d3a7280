// Texts that leave the process and must come back unaltered: cursors and write tokens. The MAC is
// the first 16 bytes of HMAC-SHA-256 over purpose and payload; the purpose keeps a text of one kind
// from passing for another. Two keys are accepted so that a key can be changed without refusing
// what was signed before. Purposes are literals, none the beginning of another.
// Thread safety: immutable, from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::core {

class Signer {
 public:
  static constexpr std::size_t kMacBytes = 16;
  static constexpr std::size_t kKeyBytesMin = 16;
  static constexpr std::size_t kKeysMax = 2;
  using Mac = std::array<char, kMacBytes>;

  // One or two keys of at least kKeyBytesMin bytes; the first signs, all verify.
  // Errors: kInvalidArgument.
  static Result<Signer> make(std::vector<std::string> keys);

  Mac sign(std::string_view purpose, std::string_view payload) const;
  // In constant time for a payload of given size.
  bool verify(std::string_view purpose, std::string_view payload, std::string_view mac) const;

  // base64url(payload || mac), and back; nullopt: not that form, or signed by nobody we know.
  std::string seal(std::string_view purpose, std::string_view payload) const;
  std::optional<std::string> open(std::string_view purpose, std::string_view sealed) const;

 private:
  explicit Signer(std::vector<std::string> keys) : keys_(std::move(keys)) {}

  std::vector<std::string> keys_;
};

}  // namespace layer::core
