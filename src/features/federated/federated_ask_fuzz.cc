// Any bytes as the body of a federated query: what is accepted asks each namespace something that
// is JSON again, with none of the members that are the federated query's own.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/federated/federated_ask.h"
#include "json/document.h"
#include "testing/fuzz.h"

namespace layer::features::federated {
namespace {

void expect(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "%s\n", what);
    std::abort();
  }
}

void ask(std::string_view body) {
  constexpr std::size_t kMax = 4;
  const auto read = parse_ask(body, kMax);
  if (!read) {
    expect(read.error().code == ErrorCode::kValidation, "the only way to be wrong");
    return;
  }
  expect(read->all == read->namespaces.empty(), "all of them, or some");
  expect(read->namespaces.size() <= kMax, "no more than may be");
  const auto query = json::Document::parse(read->query);
  json::Object object;
  expect(query && query->root().get(object) == simdjson::SUCCESS, "what is asked is an object");
  std::size_t limits = 0;
  for (const auto& [name, value] : object) {
    limits += name == "top_k" ? 1 : 0;
    expect(name != "namespaces" && name != "strict" && name != "fusion", "its own members stay");
  }
  expect(limits == 1, "one limit");
}

}  // namespace
}  // namespace layer::features::federated

LAYER_FUZZ_TARGET(federated_ask_fuzz) {
  layer::features::federated::ask({reinterpret_cast<const char*>(data), size});
}
