#include "features/scans/group_pages.h"

#include <charconv>

#include "core/text.h"
#include "features/namespaces/slices.h"
#include "features/pages/row_count.h"
#include "features/pages/store_query.h"
#include "features/scans/value_tally.h"

namespace layer::features::scans {
namespace {

constexpr std::string_view kElement = "element";

// A label that is never the field's.
std::string_view label_beside(std::string_view field) {
  return field == "n" ? "count" : "n";
}

// The store says what is wrong with the question; the same rows may be there without grouping.
bool refuses_groups(const pages::StoreReply& reply) {
  return reply.too_large || reply.status == 400 || reply.status == 422;
}

}  // namespace

std::string GroupPages::body(const std::string& after) const {
  std::string beyond;
  if (!after.empty()) {
    beyond = "[" + core::json_string(field_) + R"(,"Gt",)" + after + "]";
  }
  const std::string filter = freshness::all_of({rows_.filter, beyond});
  std::string out = filter.empty() ? "{" : R"({"filters":)" + filter + ",";
  out += R"("aggregate_by":{")";
  out += array_ ? "n" : label_beside(field_);
  out += R"(":["Count"]},"group_by":[)";
  if (array_) {
    out += R"({")";
    out += kElement;
    out += R"(":["ForEachUnique",)" + core::json_string(field_) + "]}";
  } else {
    out += core::json_string(field_);
  }
  out += R"(],"top_k":)" + std::to_string(kGroupsMax) + R"(,"consistency":)";
  out += pages::consistency_json(rows_.level);
  return out + "}";
}

async::Task<Result<std::optional<GroupPage>>> GroupPages::read(std::string after,
                                                               async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const pages::StoreReply reply,
                  co_await pages::query_store(rows_.origin, body(after), deadline));
  if (refuses_groups(reply)) {
    co_return std::nullopt;
  }
  if (!reply.ok()) {
    co_return std::unexpected(pages::refusal_of(reply));
  }
  LAYER_CO_ASSIGN(auto parsed,
                  co_await pool_.run([&] { return parse_groups(reply.body, field_, array_); }));
  LAYER_CO_ASSIGN(GroupPage page, std::move(parsed));
  if (array_ && !page.next_after.empty()) {
    co_return std::nullopt;
  }
  co_return std::move(page);
}

Result<GroupPage> parse_groups(std::string_view answer, std::string_view field, bool array) {
  const std::string_view list = namespaces::raw_member(answer, "aggregation_groups");
  if (!list.starts_with('[')) {
    return fail(ErrorCode::kUpstream, "the store's answer to a question for groups is not one");
  }
  const std::string_view value_name = array ? kElement : field;
  const std::string_view count_name = array ? std::string_view("n") : label_beside(field);
  GroupPage page;
  std::size_t groups = 0;
  std::string_view last;
  for (const namespaces::Slice& item : namespaces::items_of(list)) {
    const std::string_view group = item.of(list);
    const std::string_view value = namespaces::raw_member(group, value_name);
    const std::string_view count = namespaces::raw_member(group, count_name);
    std::uint64_t n = 0;
    const auto [rest, fault] = std::from_chars(count.data(), count.data() + count.size(), n);
    if (value.empty() || count.empty() || fault != std::errc() ||
        rest != count.data() + count.size()) {
      return fail(ErrorCode::kUpstream, "a group of the store's has no value or no count");
    }
    ++groups;
    page.rows += n;
    last = value;
    if (value != "null") {
      page.values.push_back({.v = value_text(value), .n = n});
    }
  }
  if (groups >= kGroupsMax) {
    page.next_after = last;
  }
  return page;
}

}  // namespace layer::features::scans
