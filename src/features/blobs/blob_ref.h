// The name of a blob: the namespace it was stored under and the SHA-256 of its bytes. Thread
// safety: plain values, pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace layer::features::blobs {

struct BlobRef {
  std::string ns;
  std::string sha256;  // 64 lower-case hexadecimal digits

  bool operator==(const BlobRef&) const = default;
};

bool is_sha256(std::string_view text);

// "blob://{ns}/{sha256}", as rows hold it. nullopt: not such a text.
std::optional<BlobRef> parse_ref(std::string_view text);
std::string print_ref(const BlobRef& ref);
// Of the object: "blobs/{ns}/{sha256}".
std::string blob_key(const BlobRef& ref);

}  // namespace layer::features::blobs
