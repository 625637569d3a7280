// `layer doctor [--base-url URL] [--admin-url URL]`.
#include "cli/doctor.h"

#include <cstdio>

#include <fmt/format.h>

#include "cli/session.h"

namespace layer::cli {

int doctor(Session& session, const std::vector<std::string>&) {
  auto server = Prober::make(session.base(), session.api_key(), session.timeout());
  if (!server) {
    fmt::print(stderr, "layer: {}\n", server.error().message);
    return kUsage;
  }
  std::unique_ptr<Prober> admin;
  if (!session.flag("admin-url").empty()) {
    auto base = http::parse_base_url(session.flag("admin-url"));
    auto made = base ? Prober::make(std::move(*base), session.api_key(), session.timeout())
                     : std::unexpected(base.error());
    if (!made) {
      fmt::print(stderr, "layer: --admin-url: {}\n", made.error().message);
      return kUsage;
    }
    admin = std::move(*made);
  }
  const auto checks =
      examine({.server = **server, .admin = admin.get(), .has_key = !session.api_key().empty()});
  fmt::print("{}", session.json() ? print_as_json(checks) : print_as_text(checks));
  return healthy(checks) ? kOk : kFailure;
}

}  // namespace layer::cli
