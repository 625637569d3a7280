// A small reader of the XML that S3 and its neighbours answer with: elements and text. Attributes
// and name prefixes are read over, comments and processing instructions skipped; a document type,
// an entity beyond the five of XML, and everything else that such answers do not hold is an error.
// Thread safety: pure functions. Bounds: the limits below; memory of a few times the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::objects::s3 {

// 1000 keys of 1024 bytes, each byte escaped, and what stands around them.
inline constexpr std::size_t kXmlBytesMax = std::size_t{8} << 20;
inline constexpr std::size_t kXmlDepthMax = 16;
inline constexpr std::size_t kXmlElementsMax = 20'000;

struct XmlElement {
  std::string name;  // without its prefix
  std::string text;  // of this element alone, all pieces together
  std::vector<XmlElement> children;

  // The first child of that name.
  const XmlElement* find(std::string_view child) const;
  // Its text; empty when there is none.
  std::string_view text_of(std::string_view child) const;
};

// The root. Errors: kCorrupt, with the place.
Result<XmlElement> parse_xml(std::string_view text);

}  // namespace layer::objects::s3
