#include "gateway/exchange.h"

#include <algorithm>
#include <array>

#include "core/limits.h"
#include "gateway/percent.h"

namespace layer::gateway {

std::string_view name(ServedBy served_by) {
  constexpr std::array<std::string_view, 5> kNames{"", "snapshot", "cache", "engine", "upstream"};
  return kNames[static_cast<std::size_t>(served_by)];
}

Exchange::Exchange(http::Request& r, RouteMatch m)
    : request(r), match(m), trace(Trace::of(r.headers)), begun(async::SteadyClock::now()) {
  if (match.ns.find('%') != std::string_view::npos) {
    ns_decoded_ = percent_decode(match.ns);
  }
}

bool Exchange::ns_valid() const {
  const std::string_view name = ns();
  return !name.empty() && name.size() <= core::limits::namespace_name_bytes_max &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

std::string_view Exchange::store_name() const {
  return target.store == nullptr ? std::string_view{} : target.store->name();
}

void Exchange::warn(std::string_view warning) {
  std::string_view list = warnings;
  while (const auto element = http::next_list_element(list)) {
    if (*element == warning) {
      return;
    }
  }
  warnings += warnings.empty() ? "" : ",";
  warnings += warning;
}

}  // namespace layer::gateway
