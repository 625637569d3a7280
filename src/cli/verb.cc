#include "cli/verb.h"

#include <array>
#include <cstdio>

#include <fmt/format.h>

#include "cli/session.h"

namespace layer::cli {

std::span<const Verb> verbs() {
  static const std::array<Verb, 21> kVerbs{{
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
      {.path = "warm",
       .group_help = "",
       .help = "fill the document cache with every row of a namespace",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .flags = {"page-size", "threads", "rows-per-second"},
       .switches = {"watch", "json"},
       .run = warm},
      {.path = "jobs list",
       .group_help = "background jobs: list, look at, cancel, watch",
       .help = "list jobs, newest first",
       .flags = {"kind", "namespace", "status", "owner", "cursor"},
       .run = jobs_list},
      {.path = "jobs get",
       .group_help = "",
       .help = "show one job",
       .positionals = {"ID"},
       .positional_help = {"the job's id"},
       .run = jobs_get},
      {.path = "jobs cancel",
       .group_help = "",
       .help = "cancel a job that is not over",
       .positionals = {"ID"},
       .positional_help = {"the job's id"},
       .run = jobs_cancel},
      {.path = "jobs follow",
       .group_help = "",
       .help = "watch a job until it is over",
       .positionals = {"ID"},
       .positional_help = {"the job's id"},
       .run = jobs_follow},
      {.path = "snapshot list",
       .group_help = "snapshots: list, read, compare",
       .help = "list a namespace's snapshots, newest first",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .flags = {"limit", "before"},
       .switches = {"json"},
       .run = snapshot_list},
      {.path = "snapshot get",
       .group_help = "",
       .help = "show a snapshot",
       .positionals = {"NS", "SHA"},
       .positional_help = {"namespace", "its sha, or at least 7 digits of it"},
       .flags = {"field"},
       .switches = {"json"},
       .run = snapshot_get},
      {.path = "snapshot latest",
       .group_help = "",
       .help = "show the newest snapshot",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .flags = {"field"},
       .switches = {"json"},
       .run = snapshot_latest},
      {.path = "snapshot diff",
       .group_help = "",
       .help = "show what changed between two snapshots",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .flags = {"field", "from", "to", "limit"},
       .switches = {"json"},
       .run = snapshot_diff},
      {.path = "index snapshot",
       .group_help = "an index: count its fields, say which are counted by themselves",
       .help = "count the values of fields now",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .flags = {"field", "source"},
       .switches = {"watch", "json"},
       .run = index_snapshot},
      {.path = "index policy",
       .group_help = "",
       .help = "show or set the snapshot policy of a namespace",
       .positionals = {"NS"},
       .positional_help = {"namespace"},
       .flags = {"facet-fields", "interval", "retention"},
       .switches = {"json"},
       .run = index_policy},
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
      {.path = "resources validate",
       .group_help = "resources: list, look at, check a directory of them",
       .help = "print every mistake in a directory or file of resources",
       .positionals = {"PATH"},
       .positional_help = {"directory or file"},
       .switches = {"json"},
       .run_offline = resources_validate},
      {.path = "resources ls",
       .group_help = "",
       .help = "list the resources a gateway works by, with their conditions",
       .flags = {"kind"},
       .run = resources_list},
      {.path = "resources get",
       .group_help = "",
       .help = "show one resource with its status",
       .positionals = {"KIND", "NAME"},
       .positional_help = {"kind, like Index", "the object's name"},
       .run = resources_get},
      {.path = "resources reference",
       .group_help = "",
       .help = "print the reference page of the kinds and their fields",
       .run_offline = resources_reference},
  }};
  return kVerbs;
}

std::vector<std::string> common_flags() {
  return {"base-url", "api-key", "output", "timeout"};
}

int run(const Verb& verb, const std::vector<std::string>& positionals, const Settings& settings) {
  if (verb.run_offline != nullptr) {
    return verb.run_offline(settings, positionals);
  }
  auto session = Session::make(settings);
  if (!session) {
    fmt::print(stderr, "layer: {}\n", session.error().message);
    return kUsage;
  }
  return verb.run(*session, positionals);
}

}  // namespace layer::cli
