// Any bytes as an answer: what is read is what a full parse says, wherever pieces end and whether
// the answer is packed or not. The first byte says how large the pieces are.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/billing/answer_watch.h"
#include "http/gzip.h"
#include "json/document.h"
#include "testing/fuzz.h"

namespace layer::features::billing {
namespace {

void model_members(const json::Object& members, Billing& billing, bool outermost) {
  for (const auto member : members) {
    std::uint64_t* into = nullptr;
    if (member.key == "billable_logical_bytes_written") {
      into = &billing.bytes_written;
    } else if (member.key == "billable_logical_bytes_queried") {
      into = &billing.bytes_queried;
    } else if (member.key == "billable_logical_bytes_returned") {
      into = &billing.bytes_returned;
    }
    const json::Value value = member.value;
    if (into != nullptr && value.is_number()) {
      *into = value.is_uint64() ? std::uint64_t(value) : 0;
    } else if (outermost && member.key == "query" && value.is_object()) {
      model_members(value.get_object(), billing, false);
    }
  }
}

std::optional<Billing> model(const json::Value& root) {
  std::optional<Billing> billing;
  if (root.is_object()) {
    for (const auto member : json::Object(root.get_object())) {
      if (member.key == "billing") {
        billing.reset();
        if (member.value.is_object()) {
          model_members(member.value.get_object(), billing.emplace(), true);
        }
      }
    }
  }
  return billing;
}

std::optional<Billing> watch(const http::Headers& headers, std::string_view text,
                             std::size_t piece_bytes) {
  AnswerWatch watch(headers);
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    watch.look(text.substr(at, piece_bytes));
  }
  return watch.finish();
}

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check(std::string_view text, std::size_t piece_bytes) {
  const auto read = read_answer({}, text);
  require(watch({}, text, piece_bytes) == read);
  const http::Headers coded{{"content-encoding", "gzip"}};
  require(watch(coded, http::gzip(text), piece_bytes) == read);
  watch(coded, text, piece_bytes);  // as damaged gzip
  // Escaped spellings of the names are not looked for.
  if (text.size() <= kTailBytes && text.find("\\u") == std::string_view::npos) {
    if (const auto document = json::Document::parse(std::string(text))) {
      require(read == model(document->root()));
    }
  }
}

}  // namespace
}  // namespace layer::features::billing

LAYER_FUZZ_TARGET(billing_fuzz) {
  if (size > 0) {
    layer::features::billing::check({reinterpret_cast<const char*>(data + 1), size - 1},
                                    std::size_t{data[0]} + 1);
  }
}
