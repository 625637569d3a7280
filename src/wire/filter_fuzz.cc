// Any JSON as a filter, in queries and in conditions: read or refused. What was read is described
// without fault.
#include <cstdlib>
#include <string>

#include "testing/fuzz.h"
#include "wire/filter_parse.h"

namespace {

using namespace layer;  // NOLINT(google-build-using-namespace)

// Conditions take every filter that queries take.
void parse(const json::Value& value, const json::Path& path) {
  const auto query = wire::parse_filter(value, path);
  const auto condition = wire::parse_filter(value, path, wire::RefRule::kAllowed);
  if (query && (!condition || *condition != *query)) {
    std::abort();
  }
  if (condition) {
    if (const auto* comparison = std::get_if<wire::Comparison>(&condition->node)) {
      static_cast<void>(wire::describe(comparison->operand));
    }
  }
}

}  // namespace

LAYER_FUZZ_TARGET(filter_fuzz) {
  const auto document =
      json::Document::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (document) {
    const json::Path root(document->text());
    parse(document->root(), root);
  }
}
