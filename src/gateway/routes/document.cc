#include "gateway/routes/document.h"

#include <fmt/format.h>

#include "core/limits.h"
#include "features/documents/ids.h"
#include "gateway/errors.h"
#include "gateway/percent.h"

namespace layer::gateway {
namespace {

namespace documents = features::documents;

struct Wanted {
  std::vector<std::string> names;
  documents::Projection projection;
};

Result<Wanted> read_wanted(const Exchange& exchange) {
  Wanted wanted;
  const auto list = query_parameter(exchange.request.query(), "include_attributes");
  if (!list) {
    return wanted;
  }
  std::string_view rest = *list;
  while (const auto name = http::next_list_element(rest)) {
    wanted.names.emplace_back(*name);
  }
  if (wanted.names.size() > core::limits::attribute_count_max) {
    return std::unexpected(validation_error("include_attributes", "expected at most 1024 names"));
  }
  wanted.projection = documents::Projection(wanted.names);
  return wanted;
}

// False: the row is no JSON object.
bool print(std::string& body, const wire::Id& id, const documents::Projection& projection,
           std::string_view row) {
  body.reserve(row.size() + 128);
  body += R"({"id":)";
  documents::append_json(body, id);
  body += R"(,"attributes":)";
  const bool whole = projection.append(body, row);
  body += '}';
  return whole;
}

}  // namespace

DocumentSource::ReadIds id_in_path(const Exchange& exchange) {
  return [raw = exchange.match.params[0]](wire::IdType type) -> Result<std::vector<wire::Id>> {
    LAYER_ASSIGN(auto id, documents::read_id(percent_decode(raw), type));
    return std::vector<wire::Id>{std::move(id)};
  };
}

Error no_such_document(const Exchange& exchange, const wire::Id& id) {
  return {.code = ErrorCode::kNotFound,
          .message =
              fmt::format("no document {} in namespace '{}'", wire::to_string(id), exchange.ns())};
}

async::Task<Result<http::Response>> Document::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const Wanted wanted, read_wanted(exchange));
  LAYER_CO_ASSIGN(auto ask, source_.read_ask(exchange));
  const DocumentSource::ReadIds read_ids = id_in_path(exchange);
  for (;;) {
    LAYER_CO_ASSIGN(const auto read, co_await source_.read(exchange, ask, read_ids));
    if (read.fetched.refusal) {
      co_return DocumentSource::relay(exchange, *read.fetched.refusal);
    }
    const cache::Bytes& row = read.fetched.rows.front();
    if (row == nullptr) {
      co_return std::unexpected(no_such_document(exchange, read.ids.front()));
    }
    DocumentSource::warn_of_vectors(exchange, *read.shape, wanted.names);
    std::string body;
    if (print(body, read.ids.front(), wanted.projection, *row)) {
      co_return http::json_response(200, std::move(body));
    }
    if (ask.skip_cache) {
      co_return fail(ErrorCode::kUpstream, "the store's row is no JSON object");
    }
    ask.skip_cache = true;
  }
}

}  // namespace layer::gateway
