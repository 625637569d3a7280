#include "features/warm/namespace_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "features/documents/ids.h"
#include "features/namespaces/slices.h"
#include "features/namespaces/upstream.h"
#include "json/document.h"

namespace layer::features::warm {
namespace {

constexpr int kOk = 200;
constexpr std::size_t kRefusalBytesMax = 300;

Error refusal(const store::Answer& answer) {
  std::string words = namespaces::string_of(namespaces::raw_member(answer.body, "error"));
  words.resize(std::min(words.size(), kRefusalBytesMax));
  return {.code = answer.status == 404 ? ErrorCode::kNotFound : ErrorCode::kUpstream,
          .message = fmt::format("the store answered {}: {}", answer.status, words),
          .fields = {
              {.name = "upstream_status", .value = std::to_string(answer.status), .json = true}}};
}

std::string page_body(const documents::Shape& shape, const std::optional<wire::Id>& after,
                      std::size_t page_size) {
  std::string body = "{";
  if (after) {
    body += R"("filters":["id","Gt",)";
    documents::append_json(body, *after);
    body += "],";
  }
  body += R"("rank_by":["id","asc"],"top_k":)";
  body += std::to_string(page_size);
  body += ',';
  body += shape.projection_json();
  body += R"(,"consistency":{"level":"strong"}})";
  return body;
}

Result<std::uint64_t> read_count(std::string body) {
  LAYER_ASSIGN(const auto document, json::Document::parse(std::move(body)));
  std::uint64_t count = 0;
  if (document.root().at_pointer("/aggregations/n").get(count) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUpstream, "the store's answer to a count is not one");
  }
  return count;
}

}  // namespace

store::Call NamespaceReader::query(std::string body) const {
  return {.method = "POST",
          .target =
              fmt::format("/v2/namespaces/{}/query", namespaces::percent_encode(origin_.physical)),
          .headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}},
          .authorization = origin_.authorization,
          .body = std::move(body),
          .kind = store::CallKind::kGatewayRead,
          .deadline = async::SteadyClock::now() + kCallTimeMax};
}

async::Task<Result<namespaces::StoreMetadata>> NamespaceReader::read_metadata() {
  LAYER_CO_ASSIGN(const store::Answer answer,
                  co_await namespaces::read_from(
                      *origin_.store, namespaces::metadata_target(origin_.physical),
                      origin_.authorization, async::SteadyClock::now() + kCallTimeMax));
  if (answer.status != kOk) {
    co_return std::unexpected(refusal(answer));
  }
  LAYER_CO_ASSIGN(auto metadata, namespaces::parse_metadata(answer.body));
  LAYER_CO_ASSIGN(shape_, documents::Shape::make(metadata));
  co_return metadata;
}

async::Task<Result<NamespaceReader::Cut>> NamespaceReader::read_rows(
    const std::optional<wire::Id>& after, std::size_t page_size) {
  LAYER_CO_ASSIGN(store::Answer answer,
                  co_await origin_.store->send(query(page_body(*shape_, after, page_size))));
  if (answer.stream) {
    auto body = co_await http::read_all(*answer.stream, documents::kChunkBytesMax);
    answer.stream.reset();
    if (!body && body.error().code == ErrorCode::kPayloadTooLarge) {
      co_return Cut{.too_large = true};
    }
    LAYER_CO_ASSIGN(answer.body, std::move(body));
  }
  if (answer.status != kOk) {
    co_return std::unexpected(refusal(answer));
  }
  auto cut = co_await pool_.run([&] { return documents::cut_rows(answer.body, *shape_); });
  if (!cut) {
    co_return std::unexpected(std::move(cut).error());
  }
  LAYER_CO_ASSIGN(auto rows, std::move(*cut));
  co_return Cut{.rows = std::move(rows)};
}

async::Task<Result<NamespaceReader::Page>> NamespaceReader::read_page(std::optional<wire::Id> after,
                                                                      std::size_t page_size) {
  bool cut_short = false;
  for (bool fresh = false;;) {
    LAYER_CO_ASSIGN(Cut cut, co_await read_rows(after, page_size));
    if (cut.too_large && page_size == 1) {
      co_return fail(ErrorCode::kUpstream, "a row of the store is too large to be read");
    }
    if (cut.too_large) {
      page_size = (page_size + 1) / 2;
      cut_short = true;
    } else if (cut.rows.shape_is_old && !fresh) {
      LAYER_CO_TRY(co_await read_metadata());
      fresh = true;
    } else {
      co_return Page{.rows = std::move(cut.rows.rows),
                     .cut_short = cut_short && cut.rows.rows.size() == page_size};
    }
  }
}

async::Task<Result<std::uint64_t>> NamespaceReader::count() {
  LAYER_CO_ASSIGN(store::Answer answer,
                  co_await origin_.store->send(query(
                      R"({"aggregate_by":{"n":["Count"]},"consistency":{"level":"strong"}})")));
  LAYER_CO_TRY(co_await namespaces::collect(answer, namespaces::kUpstreamBodyBytesMax));
  if (answer.status != kOk) {
    co_return std::unexpected(refusal(answer));
  }
  co_return read_count(std::move(answer.body));
}

}  // namespace layer::features::warm
