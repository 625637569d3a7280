// Any bytes as a query's body and as its answer: what is kept of the first is one line of JSON, the
// ids of the second are few and JSON as well.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/capture/answer_rows.h"
#include "features/capture/query_text.h"
#include "json/lexer.h"
#include "testing/fuzz.h"

namespace layer::features::capture {
namespace {

void expect(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "%s\n", what);
    std::abort();
  }
}

bool is_json(std::string_view text) {
  json::Lexer lexer(text);
  while (true) {
    const json::Token token = lexer.next();
    if (token == json::Token::kEnd || token == json::Token::kInvalid) {
      return token == json::Token::kEnd && json::is_utf8(text);
    }
  }
}

void capture(std::string_view text) {
  const AnswerRows rows = read_rows(text);
  expect(rows.top_ids.size() <= kTopIdsMax, "no more ids than are kept");
  for (const std::string& id : rows.top_ids) {
    expect(is_json(id), "an id is JSON");
  }
  const QueryText query = describe_query(text);
  const std::string line = with_echo(query.json, rows.hybrid, rows.routing);
  expect(is_json(line), "what is kept is JSON");
  expect(line.find('\n') == std::string::npos, "on one line");
  for (const NamespaceRows& part : read_federated_rows(text).namespaces) {
    expect(part.top_ids.size() <= kTopIdsMax && part.count > 0, "each namespace has rows");
  }
  read_document_ids(text);
}

}  // namespace
}  // namespace layer::features::capture

LAYER_FUZZ_TARGET(capture_fuzz) {
  layer::features::capture::capture({reinterpret_cast<const char*>(data), size});
}
