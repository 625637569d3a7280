#include "gateway/routes/document_batch.h"

#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "features/documents/ids.h"
#include "gateway/errors.h"
#include "gateway/offload.h"
#include "gateway/peeked_body.h"
#include "json/document.h"

namespace layer::gateway {
namespace {

namespace documents = features::documents;

struct Wanted {
  json::Document body{};  // holds the ids
  json::Array ids{};
  std::vector<std::string> names{};
  documents::Projection projection{};
};

Result<void> read_attributes(const json::Value& value, Wanted& wanted) {
  bool flag = false;
  if (value.get(flag) == simdjson::SUCCESS) {
    if (!flag) {
      wanted.projection = documents::Projection(wanted.names);
    }
    return {};
  }
  json::Array names;
  if (value.get(names) != simdjson::SUCCESS || names.size() > core::limits::attribute_count_max) {
    return std::unexpected(validation_error(
        "include_attributes", "expected true, false or a list of at most 1024 names"));
  }
  for (const json::Value item : names) {
    std::string_view name;
    if (item.get(name) != simdjson::SUCCESS) {
      return std::unexpected(validation_error("include_attributes", "expected a list of names"));
    }
    wanted.names.emplace_back(name);
  }
  wanted.projection = documents::Projection(wanted.names);
  return {};
}

Result<Wanted> read_body(std::string text) {
  Wanted wanted;
  auto body = json::Document::parse(std::move(text));
  if (!body) {
    return std::unexpected(validation_error("body", body.error().message));
  }
  wanted.body = std::move(*body);
  json::Object members;
  if (wanted.body.root().get(members) != simdjson::SUCCESS) {
    return std::unexpected(validation_error("body", "expected an object with the member ids"));
  }
  bool has_ids = false;
  for (const auto [name, value] : members) {
    if (name == "ids") {
      has_ids = value.get(wanted.ids) == simdjson::SUCCESS;
    } else if (name == "include_attributes") {
      if (!value.is_null()) {
        LAYER_TRY(read_attributes(value, wanted));
      }
    } else {
      return std::unexpected(validation_error(name.substr(0, 128),
                                              "unknown member; known are ids, include_attributes"));
    }
  }
  // simdjson counts no further than 2^24-1, which is beyond the limit too.
  if (!has_ids || wanted.ids.size() == 0 || wanted.ids.size() > kFetchIdsMax) {
    return std::unexpected(
        validation_error("ids", fmt::format("expected a list of 1 to {} ids", kFetchIdsMax)));
  }
  return wanted;
}

// Each once, at its first place.
Result<std::vector<wire::Id>> read_ids(const json::Array& items, wire::IdType type) {
  std::vector<wire::Id> ids;
  ids.reserve(items.size());
  std::set<wire::Id> seen;
  std::size_t at = 0;
  for (const json::Value item : items) {
    LAYER_ASSIGN(auto id, documents::read_id(item, type, fmt::format("ids[{}]", at++)));
    if (seen.insert(id).second) {
      ids.push_back(std::move(id));
    }
  }
  return ids;
}

// nullopt: a row is no JSON object.
std::optional<std::string> print(const DocumentSource::Read& read,
                                 const documents::Projection& projection, std::size_t bytes) {
  std::string body;
  body.reserve(bytes + (read.ids.size() * 48));
  std::string missing;
  body += R"({"documents":[)";
  bool first = true;
  for (std::size_t i = 0; i < read.ids.size(); ++i) {
    const cache::Bytes& row = read.fetched.rows[i];
    if (row == nullptr) {
      missing += missing.empty() ? "" : ",";
      documents::append_json(missing, read.ids[i]);
      continue;
    }
    body += std::exchange(first, false) ? R"({"id":)" : R"(,{"id":)";
    documents::append_json(body, read.ids[i]);
    body += R"(,"attributes":)";
    if (!projection.append(body, *row)) {
      return std::nullopt;
    }
    body += '}';
  }
  body += R"(],"missing":[)";
  body += missing;
  body += "]}";
  return body;
}

std::size_t bytes_of(const std::vector<cache::Bytes>& rows) {
  return std::accumulate(rows.begin(), rows.end(), std::size_t{0},
                         [](std::size_t sum, const cache::Bytes& row) {
                           return sum + (row == nullptr ? 0 : row->size());
                         });
}

}  // namespace

async::Task<Result<http::Response>> DocumentBatch::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(auto ask, source_.read_ask(exchange));
  PeekedBody body(exchange, {.held_bytes_max = kFetchBodyBytesMax,
                             .decoded_bytes_max = kFetchBodyBytesMax + 1});
  LAYER_CO_TRY(co_await body.read());
  if (!body.whole()) {
    co_return std::unexpected(http::body_too_large(kFetchBodyBytesMax));
  }
  LAYER_CO_ASSIGN(const Wanted wanted, co_await offload(pool_, body.text().size(), [&] {
                    return read_body(std::move(body.text()));
                  }));
  const DocumentSource::ReadIds ids = [&wanted](wire::IdType type) {
    return read_ids(wanted.ids, type);
  };
  for (;;) {
    LAYER_CO_ASSIGN(const auto read, co_await source_.read(exchange, ask, ids));
    if (read.fetched.refusal) {
      co_return DocumentSource::relay(exchange, *read.fetched.refusal);
    }
    DocumentSource::warn_of_vectors(exchange, *read.shape, wanted.names);
    const std::size_t bytes = bytes_of(read.fetched.rows);
    LAYER_CO_ASSIGN(auto printed,
                    co_await offload(pool_, bytes, [&]() -> Result<std::optional<std::string>> {
                      return print(read, wanted.projection, bytes);
                    }));
    if (printed) {
      co_return http::json_response(200, std::move(*printed));
    }
    if (ask.skip_cache) {
      co_return fail(ErrorCode::kUpstream, "a row of the store's is no JSON object");
    }
    ask.skip_cache = true;
  }
}

}  // namespace layer::gateway
