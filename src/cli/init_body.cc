#include "cli/init_body.h"

#include <utility>

#include "json/writer.h"

namespace layer::cli {
namespace {

void put_number(json::Writer& out, const char* name, const std::string& text) {
  const bool digits = !text.empty() && text.size() < 20 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  out.key(name);
  digits ? out.value(std::stoull(text)) : out.value(text);
}

std::string shards_of(const InitFlags& flags) {
  if (!flags.shards.empty()) {
    return flags.shards;
  }
  return flags.shards_of_environment.empty() ? std::to_string(kShardCountProposed)
                                             : flags.shards_of_environment;
}

}  // namespace

std::string init_body(const InitFlags& flags) {
  json::Writer out;
  out.begin_object();
  if (const std::string shards = shards_of(flags); shards != kNoShards) {
    put_number(out, "shard_count", shards);
  }
  if (!flags.schema_version.empty()) {
    put_number(out, "schema_version", flags.schema_version);
  }
  if (!flags.scatter.empty()) {
    out.member("scatter", flags.scatter);
  }
  if (flags.reshard) {
    out.member("reshard", true);
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::cli
