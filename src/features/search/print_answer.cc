#include "core/text.h"
#include "features/search/searcher.h"

namespace layer::features::search {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view json) {
  if (!json.empty()) {
    out += ",\"";
    out += name;
    out += "\":";
    out += json;
  }
}

}  // namespace

std::string_view name(RankKind kind) {
  switch (kind) {
    case RankKind::kVector:
      return "vector";
    case RankKind::kText:
      return "text";
    case RankKind::kHybrid:
      return "hybrid_text";
    case RankKind::kOrdered:
      return "ordered";
  }
  return "";
}

std::string print_answer(const SearchAnswer& answer) {
  std::size_t bytes = 0;
  for (const legs::LegRow& row : answer.rows) {
    bytes += row.text.size() + 1;
  }
  std::string out;
  constexpr std::size_t kAround = 1024;
  out.reserve(bytes + kAround);
  out += R"({"rows":[)";
  for (std::size_t i = 0; i < answer.rows.size(); ++i) {
    out += i == 0 ? "" : ",";
    out += answer.rows[i].text;
  }
  out += ']';
  append_member(out, "routing", answer.routing);
  append_member(out, "hybrid", answer.hybrid);
  if (answer.paged) {
    append_member(out, "next_cursor",
                  answer.next_cursor ? core::json_string(*answer.next_cursor) : "null");
  }
  append_member(out, "billing", answer.billing);
  append_member(out, "performance", answer.performance);
  return out + "}";
}

}  // namespace layer::features::search
