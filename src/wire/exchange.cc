#include "wire/exchange.h"

#include <cstddef>

namespace layer::wire {

std::string_view name(Method method) {
  // In the order of the enumeration.
  constexpr std::string_view kNames[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OTHER"};
  return kNames[static_cast<std::size_t>(method)];
}

}  // namespace layer::wire
