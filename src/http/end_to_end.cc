#include "http/end_to_end.h"

#include <string>

#include "core/text.h"

namespace layer::http {

using core::equals_ignore_case;

bool hop_by_hop(std::string_view name) {
  // Few names have one of these lengths, so most fields cost one look at their size.
  switch (name.size()) {
    case 2:
      return equals_ignore_case(name, "te");
    case 7:
      return equals_ignore_case(name, "trailer") || equals_ignore_case(name, "upgrade");
    case 10:
      return equals_ignore_case(name, "connection") || equals_ignore_case(name, "keep-alive");
    case 16:
      return equals_ignore_case(name, "proxy-connection");
    case 17:
      return equals_ignore_case(name, "transfer-encoding");
    case 18:
      return equals_ignore_case(name, "proxy-authenticate");
    case 19:
      return equals_ignore_case(name, "proxy-authorization");
    default:
      return false;
  }
}

void keep_end_to_end(Headers& headers) {
  std::string named;  // a copy: the fields it names are erased, perhaps `connection` first
  headers.erase_if([&](std::string_view name, std::string_view value) {
    if (equals_ignore_case(name, "connection")) {
      named.append(named.empty() ? "" : ",").append(value);
    }
    return hop_by_hop(name) || equals_ignore_case(name, "content-length");
  });
  std::string_view list = named;
  while (const auto option = next_list_element(list)) {
    headers.erase_if(
        [&](std::string_view name, std::string_view) { return equals_ignore_case(name, *option); });
  }
}

}  // namespace layer::http
