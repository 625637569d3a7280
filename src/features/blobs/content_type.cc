#include "features/blobs/content_type.h"

namespace layer::features::blobs {

std::string_view sniff_content_type(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) {
    return "image/jpeg";
  }
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) {
    return "image/png";
  }
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) {
    return "image/gif";
  }
  if (bytes.starts_with("RIFF") && bytes.size() >= kSniffBytes && bytes.substr(8, 4) == "WEBP") {
    return "image/webp";
  }
  return "application/octet-stream";
}

}  // namespace layer::features::blobs
