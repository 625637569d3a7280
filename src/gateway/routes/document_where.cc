#include "gateway/routes/document_where.h"

#include <charconv>
#include <optional>

#include "features/documents/ids.h"
#include "features/namespaces/slices.h"
#include "gateway/routes/document.h"
#include "json/writer.h"
#include "wire/reserved_names.h"

namespace layer::gateway {
namespace {

namespace documents = features::documents;
namespace freshness = features::freshness;
namespace namespaces = features::namespaces;

template <class Number>
std::optional<Number> number_in(std::string_view row, std::string_view attribute) {
  const std::string_view digits = namespaces::raw_member(row, attribute);
  Number number = 0;
  const char* const end = digits.data() + digits.size();
  const bool read = !digits.empty() && std::from_chars(digits.data(), end, number).ptr == end;
  return read ? std::optional(number) : std::nullopt;
}

// Whether a read that sees everything up to the watermark sees this row. A row without a stamp was
// written past the gateways: nothing is known of it.
std::string_view indexed(std::optional<std::int64_t> stamp, const freshness::Stability& stability) {
  if (!stamp || !stability.stable_as_of_ms) {
    return "unknown";
  }
  return *stamp <= *stability.stable_as_of_ms || stability.stable ? "yes" : "no";
}

std::string_view cached(const cache::Found& found) {
  switch (found.lookup) {
    case cache::Lookup::kHit:
      return "hit";
    case cache::Lookup::kAbsent:
      return "absent";
    case cache::Lookup::kMiss:
    case cache::Lookup::kBypass:
      break;
  }
  return found.fenced ? "fenced" : "none";
}

}  // namespace

async::Task<Result<http::Response>> DocumentWhere::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(auto ask, source_.read_ask(exchange));
  ask.skip_cache = true;
  const DocumentSource::ReadIds read_ids = id_in_path(exchange);
  LAYER_CO_ASSIGN(const auto read, co_await source_.read(exchange, ask, read_ids));
  if (read.fetched.refusal) {
    co_return DocumentSource::relay(exchange, *read.fetched.refusal);
  }
  std::string_view in_cache = "none";
  if (cache_ != nullptr) {
    const auto found = co_await cache_->find(read.ns, read.ids);
    in_cache = cached(found.front());
  }
  const std::string_view row = read.fetched.rows.front() == nullptr
                                   ? std::string_view{}
                                   : std::string_view(*read.fetched.rows.front());
  const auto stamp = number_in<std::int64_t>(row, wire::kStampAttribute);
  const auto stability = stability_.look(read.ns.ns);
  std::string id;
  documents::append_json(id, read.ids.front());
  json::Writer out;
  out.begin_object().key("id").raw(id).member("exists", !row.empty());
  if (stamp) {
    out.member("stamp_ms", *stamp);
  }
  if (stability.stable_as_of_ms) {
    out.member("stable_as_of_ms", *stability.stable_as_of_ms);
  }
  out.member("indexed", indexed(stamp, stability));
  if (const auto shard = number_in<std::uint32_t>(row, wire::kShardAttribute)) {
    out.member("shard", *shard);
  }
  out.member("cache", in_cache);
  // No deployment of this version runs functions on rows.
  out.key("functions").begin_array().end_array().end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
