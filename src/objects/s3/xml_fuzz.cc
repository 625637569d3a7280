// Any bytes: the reader never crashes, and what it reads is no larger than what it was given.
#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "objects/s3/listing.h"
#include "objects/s3/xml.h"
#include "testing/fuzz.h"

namespace {

std::size_t bytes_of(const layer::objects::s3::XmlElement& element) {
  std::size_t bytes = element.name.size() + element.text.size();
  for (const auto& child : element.children) {
    bytes += bytes_of(child);
  }
  return bytes;
}

}  // namespace

LAYER_FUZZ_TARGET(xml_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = layer::objects::s3::parse_xml(text);
  if (root && bytes_of(*root) > size) {
    std::abort();
  }
  (void)layer::objects::s3::parse_listing(text);
}
