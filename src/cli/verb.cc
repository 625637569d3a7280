#include "cli/verb.h"

#include <array>
#include <cstdio>

#include <fmt/format.h>

#include "cli/session.h"

namespace layer::cli {

std::span<const Verb> verbs() {
  static const std::array<Verb, 6> kVerbs{{
      {.path = "ns list",
       .group_help = "namespaces: list, look at, delete",
       .help = "list namespaces",
       .flags = {"prefix"},
       .run = ns_list},
      {.path = "ns get",
       .group_help = "",
       .help = "show a namespace's metadata",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .run = ns_get},
      {.path = "ns delete",
       .group_help = "",
       .help = "delete a namespace with all its rows",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .run = ns_delete},
      {.path = "query",
       .group_help = "",
       .help = "run a query given as JSON",
       .positionals = {"NS", "JSON"},
       .positional_help = {"namespace", "query body; '-' reads it from standard input"},
       .run = query},
      {.path = "parity",
       .group_help = "",
       .help = "compare a gateway with the store behind it, exchange by exchange",
       .flags = {"store", "gateway", "store-key", "filter"},
       .switches = {"strict", "json"},
       .run = parity},
      {.path = "doctor",
       .group_help = "",
       .help = "check a gateway, its store and the key, and say what to do",
       .flags = {"admin-url"},
       .switches = {"json"},
       .run = doctor},
  }};
  return kVerbs;
}

std::vector<std::string> common_flags() {
  return {"base-url", "api-key", "output", "timeout"};
}

int run(const Verb& verb, const std::vector<std::string>& positionals, const Settings& settings) {
  auto session = Session::make(settings);
  if (!session) {
    fmt::print(stderr, "layer: {}\n", session.error().message);
    return kUsage;
  }
  return verb.run(*session, positionals);
}

}  // namespace layer::cli
