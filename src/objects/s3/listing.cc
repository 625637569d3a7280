#include "objects/s3/listing.h"

#include <charconv>

#include <fmt/format.h>

#include "objects/s3/encoding.h"
#include "objects/s3/time_text.h"
#include "objects/s3/xml.h"

namespace layer::objects::s3 {
namespace {

std::unexpected<Error> no_listing(std::string_view why) {
  return fail(ErrorCode::kIo, fmt::format("the object store (s3) gave no listing: {}", why));
}

Result<ListedObject> read_object(const XmlElement& element, bool encoded) {
  ListedObject object;
  const std::string_view key = element.text_of("Key");
  if (encoded) {
    auto decoded = decode_listed(key);
    if (!decoded) {
      return no_listing("a key is not encoded as the answer says");
    }
    object.key = std::move(*decoded);
  } else {
    object.key = key;
  }
  const std::string_view size = element.text_of("Size");
  const char* end = size.data() + size.size();
  const auto [stopped, failed] = std::from_chars(size.data(), end, object.size);
  if (failed != std::errc{} || stopped != end) {
    return no_listing("an object has no size");
  }
  object.modified_ms = parse_iso_time(element.text_of("LastModified")).value_or(0);
  return object;
}

}  // namespace

Result<ListedPage> parse_listing(std::string_view xml) {
  const auto root = parse_xml(xml);
  if (!root) {
    return no_listing(root.error().message);
  }
  if (root->name != "ListBucketResult") {
    return no_listing("another element than ListBucketResult");
  }
  ListedPage page;
  const bool encoded = root->text_of("EncodingType") == "url";
  for (const XmlElement& child : root->children) {
    if (child.name != "Contents") {
      continue;
    }
    LAYER_ASSIGN(ListedObject object, read_object(child, encoded));
    if (check_key(object.key)) {
      page.objects.push_back(std::move(object));
    }
  }
  if (root->text_of("IsTruncated") == "true") {
    page.continuation = root->text_of("NextContinuationToken");
    if (page.continuation.empty()) {
      return no_listing("it goes on without saying where");
    }
  }
  return page;
}

}  // namespace layer::objects::s3
