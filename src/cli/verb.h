// The verbs: a table, one file a verb. Most call a server over its HTTP API; an offline one reads
// files and is given no session. Thread safety: one call at a time.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace layer::cli {

class Session;

// What every verb takes. Empty texts mean: not given; the environment and defaults then decide.
struct Settings {
  std::string base_url;
  std::string api_key;
  std::string output;
  std::string timeout;
  std::map<std::string, std::string> flags{};  // the verb's own; switches that were given: "true"
};

struct Verb {
  std::string_view path;        // "ns list"
  std::string_view group_help;  // help of the first word, for verbs of two words
  std::string_view help;
  std::vector<std::string_view> positionals{};
  std::vector<std::string_view> positional_help{};
  bool positionals_optional = false;    // those that are missing are ""
  std::vector<std::string> flags{};     // with a value
  std::vector<std::string> switches{};  // without one
  // Exactly one of the two.
  int (*run)(Session& session, const std::vector<std::string>& positionals) = nullptr;
  int (*run_offline)(const Settings& settings,
                     const std::vector<std::string>& positionals) = nullptr;
};

std::span<const Verb> verbs();
// Those of verbs that call a server.
std::vector<std::string> common_flags();

// Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 refused, 5 timeout.
int run(const Verb& verb, const std::vector<std::string>& positionals, const Settings& settings);

// The verbs' own functions.
int ns_list(Session& session, const std::vector<std::string>& positionals);
int ns_get(Session& session, const std::vector<std::string>& positionals);
int ns_status(Session& session, const std::vector<std::string>& positionals);
int where(Session& session, const std::vector<std::string>& positionals);
int ns_delete(Session& session, const std::vector<std::string>& positionals);
int query(Session& session, const std::vector<std::string>& positionals);
int explain(Session& session, const std::vector<std::string>& positionals);
int search(Session& session, const std::vector<std::string>& positionals);
int count(Session& session, const std::vector<std::string>& positionals);
int scan(Session& session, const std::vector<std::string>& positionals);
int values(Session& session, const std::vector<std::string>& positionals);
int init(Session& session, const std::vector<std::string>& positionals);
int warm(Session& session, const std::vector<std::string>& positionals);
int jobs_list(Session& session, const std::vector<std::string>& positionals);
int jobs_get(Session& session, const std::vector<std::string>& positionals);
int jobs_cancel(Session& session, const std::vector<std::string>& positionals);
int jobs_follow(Session& session, const std::vector<std::string>& positionals);
int snapshot_list(Session& session, const std::vector<std::string>& positionals);
int snapshot_get(Session& session, const std::vector<std::string>& positionals);
int snapshot_latest(Session& session, const std::vector<std::string>& positionals);
int snapshot_diff(Session& session, const std::vector<std::string>& positionals);
int index_snapshot(Session& session, const std::vector<std::string>& positionals);
int index_policy(Session& session, const std::vector<std::string>& positionals);
int export_rows(Session& session, const std::vector<std::string>& positionals);
int history_list(Session& session, const std::vector<std::string>& positionals);
int history_follow(Session& session, const std::vector<std::string>& positionals);
int history_export(Session& session, const std::vector<std::string>& positionals);
int history_purge(Session& session, const std::vector<std::string>& positionals);
int clicks_list(Session& session, const std::vector<std::string>& positionals);
int insights(Session& session, const std::vector<std::string>& positionals);
int ubi_send(Session& session, const std::vector<std::string>& positionals);
int pipeline_list(Session& session, const std::vector<std::string>& positionals);
int pipeline_get(Session& session, const std::vector<std::string>& positionals);
int pipeline_create(Session& session, const std::vector<std::string>& positionals);
int pipeline_delete(Session& session, const std::vector<std::string>& positionals);
int pipeline_status(Session& session, const std::vector<std::string>& positionals);
int pipeline_documents(Session& session, const std::vector<std::string>& positionals);
int source_dir(Session& session, const std::vector<std::string>& positionals);
int source_jsonl(Session& session, const std::vector<std::string>& positionals);
int source_rss(Session& session, const std::vector<std::string>& positionals);
int source_rest(Session& session, const std::vector<std::string>& positionals);
int worker(Session& session, const std::vector<std::string>& positionals);
int fn_list(Session& session, const std::vector<std::string>& positionals);
int fn_get(Session& session, const std::vector<std::string>& positionals);
int fn_status(Session& session, const std::vector<std::string>& positionals);
int fn_plan(Session& session, const std::vector<std::string>& positionals);
int fn_discover(Session& session, const std::vector<std::string>& positionals);
int fn_items(Session& session, const std::vector<std::string>& positionals);
int fn_pause(Session& session, const std::vector<std::string>& positionals);
int fn_resume(Session& session, const std::vector<std::string>& positionals);
int fn_reset_failed(Session& session, const std::vector<std::string>& positionals);
int fn_delete(Session& session, const std::vector<std::string>& positionals);
int fn_run(Session& session, const std::vector<std::string>& positionals);
int fn_diff(Session& session, const std::vector<std::string>& positionals);
int replay(Session& session, const std::vector<std::string>& positionals);
int parity(Session& session, const std::vector<std::string>& positionals);
int doctor(Session& session, const std::vector<std::string>& positionals);
int resources_list(Session& session, const std::vector<std::string>& positionals);
int resources_get(Session& session, const std::vector<std::string>& positionals);
int resources_validate(const Settings& settings, const std::vector<std::string>& positionals);
int resources_reference(const Settings& settings, const std::vector<std::string>& positionals);

}  // namespace layer::cli
