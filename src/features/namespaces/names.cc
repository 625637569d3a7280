#include "features/namespaces/names.h"

#include <utility>

#include "features/namespaces/slices.h"

namespace layer::features::namespaces {

Result<NamesPage> parse_names(std::string_view body) {
  NamesPage page;
  bool found = false;
  for (const Member& member : members_of(body)) {
    if (member.name == "next_cursor") {
      page.next_cursor = string_of(member.value.of(body));
    }
    if (member.name != "namespaces" || member.value.token != json::Token::kBeginArray || found) {
      continue;
    }
    found = true;
    page.array_begin = member.value.begin;
    page.array_end = member.value.end;
    const auto list = member.value.of(body);
    for (const Slice& item : items_of(list)) {
      page.names.push_back({.name = string_of(raw_member(item.of(list), "id")),
                            .begin = page.array_begin + item.begin,
                            .end = page.array_begin + item.end});
    }
  }
  if (!found) {
    return fail(ErrorCode::kUpstream, "the store's list of namespaces has no array 'namespaces'");
  }
  return page;
}

Result<std::string> filter_names(std::string body,
                                 const std::function<bool(std::string_view)>& keep) {
  LAYER_ASSIGN(const NamesPage page, parse_names(body));
  const std::string_view text = body;
  std::string kept;
  std::size_t count = 0;
  for (const ListedName& entry : page.names) {
    if (!keep(entry.name)) {
      continue;
    }
    kept += count++ > 0 ? "," : "";
    kept += text.substr(entry.begin, entry.end - entry.begin);
  }
  if (count == page.names.size()) {
    return body;
  }
  std::string out;
  out.reserve(body.size());
  out += text.substr(0, page.array_begin);
  out += '[';
  out += kept;
  out += ']';
  out += text.substr(page.array_end);
  return out;
}

}  // namespace layer::features::namespaces
