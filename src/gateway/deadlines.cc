#include "gateway/deadlines.h"

#include <fmt/format.h>

#include "core/units.h"
#include "gateway/errors.h"

namespace layer::gateway {
namespace {

using namespace std::chrono_literals;
constexpr std::string_view kHeader = "x-layer-timeout-ms";

}  // namespace

Deadlines::Deadlines() {
  set(TimeoutClass::kDefault, 60s);
  set(TimeoutClass::kWrite, 120s);
  set(TimeoutClass::kLong, 600s);
  set(TimeoutClass::kMetadata, 30s);
  set(TimeoutClass::kSubmit, 15s);
  set(TimeoutClass::kPromql, 30s);
}

Result<void> Deadlines::apply(Exchange& exchange, TimeoutClass timeout) const {
  Milliseconds allowed = limit(timeout);
  if (const auto asked = exchange.request.headers.find(kHeader)) {
    const auto ms = core::parse_uint(*asked);
    const auto most = static_cast<std::uint64_t>(
        (allowed == 0ms ? Milliseconds(std::chrono::hours(24)) : allowed).count());
    if (!ms || *ms < 1 || *ms > most) {
      return std::unexpected(validation_error(
          kHeader, fmt::format("expected milliseconds between 1 and {} on this route", most)));
    }
    allowed = Milliseconds(*ms);
  }
  exchange.deadline = allowed == 0ms ? async::TimePoint::max() : exchange.begun + allowed;
  return {};
}

}  // namespace layer::gateway
