#include "features/namespaces/list.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "async/fan_out.h"
#include "features/namespaces/names.h"
#include "features/namespaces/slices.h"
#include "features/namespaces/upstream.h"

namespace layer::features::namespaces {
namespace {

// A cursor of the second part of the list: the mark, then the last name shown. No cursor of a store
// begins with this character.
constexpr char kElsewhereMark = '~';

Error refused_metadata(const store::Answer& answer) {
  auto message = string_of(raw_member(answer.body, "error"));
  if (message.empty()) {
    message = "the store answered without a reason";
  }
  return {.code = answer.status == 404 ? ErrorCode::kNotFound : ErrorCode::kUpstream,
          .message = fmt::format("{}: {}", answer.status, message)};
}

async::Task<Result<StoreMetadata>> metadata_of(const Route& route, async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const auto answer,
                  co_await read_from(*route.store, metadata_target(route.physical), {}, deadline));
  if (answer.status != 200) {
    co_return std::unexpected(refused_metadata(answer));
  }
  co_return parse_metadata(answer.body);
}

std::string cache_key(const ListQuery& query) {
  // Lengths keep "a" + "bc" and "ab" + "c" apart.
  return fmt::format("{}:{}{}:{}{}:{}", query.prefix.size(), query.prefix, query.cursor.size(),
                     query.cursor, query.page_size, query.grant);
}

http::Headers json_headers() {
  http::Headers headers;
  headers.add("content-type", "application/json");
  return headers;
}

// Whoever works on a list may run out of time, or leave: that says nothing to the others.
bool concerns_all(const Error& error) {
  return error.code != ErrorCode::kGatewayTimeout && error.code != ErrorCode::kCancelled;
}

}  // namespace

struct NamespaceList::Page {
  struct Entry {
    Route route;
    bool certain = true;  // the store has listed it; otherwise it is shown only if it is there
    Result<StoreMetadata> metadata{};
  };
  std::shared_ptr<const RoutingTable> table;  // the routes are its
  std::deque<std::string> names{};            // what the routes' views of upstream names refer to
  std::vector<Entry> entries{};
  std::string next_cursor{};
};

Result<std::uint32_t> parse_page_size(std::string_view text) {
  std::uint32_t size = kListPageSizeDefault;
  if (text.empty()) {
    return size;
  }
  const auto* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, size);
  if (rest != end || fault != std::errc() || size < 1 || size > kListPageSizeMax) {
    return fail(ErrorCode::kValidation,
                fmt::format("expected an integer from 1 to {}", kListPageSizeMax));
  }
  return size;
}

NamespaceList::NamespaceList(Parts parts, ListCache::Options cache)
    : parts_(std::move(parts)), cache_(parts_.clock, cache) {}

async::Task<Result<store::Answer>> NamespaceList::list(ListQuery query, const MayRead& may_read) {
  if (query.prefix.size() > kListParameterBytesMax ||
      query.cursor.size() > kListParameterBytesMax) {
    co_return fail(ErrorCode::kValidation,
                   fmt::format("prefix and cursor have at most {} bytes", kListParameterBytesMax));
  }
  const auto key = cache_key(query);
  const async::Executor executor = co_await async::asio::this_coro::executor;
  for (;;) {
    if (auto known = cache_.find(key)) {
      co_return to_answer({.headers = json_headers(), .body = std::move(known)});
    }
    async::Flights<Result<Made>>::Party party(flights_, executor);
    std::size_t number = 0;
    if (party.lead(key, number)) {
      auto made = co_await make(query, may_read);
      if (made && made->status == 200) {
        cache_.put(key, made->body);
      }
      party.end(number, made || concerns_all(made.error()) ? std::optional(made) : std::nullopt);
      LAYER_CO_TRY(made);
      co_return to_answer(*made);
    }
    LAYER_CO_TRY(co_await party.wait(query.deadline));
    if (const auto& made = party.outcome(number)) {
      LAYER_CO_TRY(*made);
      co_return to_answer(**made);
    }
  }
}

store::Answer NamespaceList::to_answer(const Made& made) {
  store::Answer answer;
  answer.status = made.status;
  answer.headers = made.headers;
  answer.body = *made.body;
  return answer;
}

async::Task<Result<NamespaceList::Made>> NamespaceList::make(const ListQuery& query,
                                                             const MayRead& may_read) {
  Page page{.table = parts_.router.table()};
  if (!query.cursor.starts_with(kElsewhereMark)) {
    LAYER_CO_ASSIGN(auto refusal, co_await add_names_of_store(query, may_read, page));
    if (refusal) {
      co_return Made{.status = refusal->status,
                     .headers = std::move(refusal->headers),
                     .body = std::make_shared<const std::string>(std::move(refusal->body))};
    }
  }
  if (page.next_cursor.empty()) {
    add_elsewhere(query, may_read, page);
  }
  co_await read_metadata(page, query.deadline);
  co_return Made{.headers = json_headers(),
                 .body = std::make_shared<const std::string>(print(page))};
}

async::Task<Result<std::optional<store::Answer>>> NamespaceList::add_names_of_store(
    const ListQuery& query, const MayRead& may_read, Page& page) {
  auto target = fmt::format("/v1/namespaces?page_size={}", query.page_size);
  if (!query.prefix.empty()) {
    target += "&prefix=" + percent_encode(query.prefix);
  }
  if (!query.cursor.empty()) {
    target += "&cursor=" + percent_encode(query.cursor);
  }
  store::VectorStore& store = page.table->default_store();
  LAYER_CO_ASSIGN(auto answer, co_await read_from(store, std::move(target), {}, query.deadline));
  if (answer.status != 200) {
    co_return std::move(answer);
  }
  LAYER_CO_ASSIGN(auto listed, parse_names(answer.body));
  page.next_cursor = std::move(listed.next_cursor);
  for (ListedName& entry : listed.names) {
    // A renamed one is listed under its logical name, with those of other stores; one whose name
    // an Index gave away is out of every caller's reach.
    if (page.table->logical_name(store, entry.name) != entry.name || !may_read(store, entry.name)) {
      continue;
    }
    const auto route = page.table->find(page.names.emplace_back(std::move(entry.name)));
    if (route) {
      page.entries.push_back({.route = *route});
    }
  }
  co_return std::nullopt;
}

void NamespaceList::add_elsewhere(const ListQuery& query, const MayRead& may_read, Page& page) {
  std::string_view after = query.cursor;
  if (after.starts_with(kElsewhereMark)) {
    after.remove_prefix(1);
  } else {
    after = {};
  }
  // A full last page of the store's names is followed by one that holds only these.
  std::string_view last = after;
  for (const Route& route : page.table->elsewhere()) {
    if (route.logical <= after || !route.logical.starts_with(query.prefix) ||
        !may_read(*route.store, route.logical)) {
      continue;
    }
    if (page.entries.size() >= query.page_size) {
      page.next_cursor = fmt::format("{}{}", kElsewhereMark, last);
      return;
    }
    page.entries.push_back({.route = route, .certain = false});
    last = route.logical;
  }
}

async::Task<> NamespaceList::read_metadata(Page& page, async::TimePoint deadline) {
  const auto read_one = [&](std::size_t i) -> async::Task<> {
    auto& entry = page.entries[i];
    entry.metadata = co_await metadata_of(entry.route, deadline);
  };
  co_await async::fan_out(page.entries.size(), kListMetadataCallsMax, read_one);
}

std::string NamespaceList::print(const Page& page) {
  json::Writer out;
  out.begin_object().key("namespaces").begin_array();
  for (const auto& entry : page.entries) {
    const bool missing = !entry.metadata && entry.metadata.error().code == ErrorCode::kNotFound;
    if (entry.certain || !missing) {
      print_list_entry(out, entry.route, entry.metadata, parts_.stability.look(entry.route.logical),
                       parts_.cache ? parts_.cache(entry.route.logical) : ShownCache{});
    }
  }
  out.end_array();
  if (!page.next_cursor.empty()) {
    out.member("next_cursor", page.next_cursor);
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::features::namespaces
