#include "features/blobs/blob_ref.h"

#include <algorithm>

#include "features/namespaces/layout.h"

namespace layer::features::blobs {
namespace {

constexpr std::string_view kScheme = "blob://";
constexpr std::size_t kDigits = 64;

}  // namespace

bool is_sha256(std::string_view text) {
  return text.size() == kDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::optional<BlobRef> parse_ref(std::string_view text) {
  if (!text.starts_with(kScheme)) {
    return std::nullopt;
  }
  text.remove_prefix(kScheme.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !namespaces::is_namespace_name(text.substr(0, slash)) ||
      !is_sha256(text.substr(slash + 1))) {
    return std::nullopt;
  }
  return BlobRef{.ns = std::string(text.substr(0, slash)),
                 .sha256 = std::string(text.substr(slash + 1))};
}

std::string print_ref(const BlobRef& ref) {
  return std::string(kScheme) + ref.ns + '/' + ref.sha256;
}

std::string blob_key(const BlobRef& ref) {
  return "blobs/" + ref.ns + '/' + ref.sha256;
}

}  // namespace layer::features::blobs
