#include "queue/postgres/plain_text.h"

#include <algorithm>

#include <simdjson.h>

namespace layer::queue::postgres {

std::string plain_text(std::string text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  std::ranges::replace(text, '\0', '?');
  return text;
}

}  // namespace layer::queue::postgres
