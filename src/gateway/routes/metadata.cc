#include "gateway/routes/metadata.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "features/namespaces/metadata_block.h"
#include "features/namespaces/store_metadata.h"
#include "features/namespaces/upstream.h"
#include "features/reserved/hide.h"
#include "gateway/errors.h"
#include "gateway/percent.h"
#include "gateway/routes/query.h"

namespace layer::gateway {
namespace {

namespace namespaces = features::namespaces;

constexpr std::string_view kOwnParameters[] = {"layer", "field_stats", "field_stats_top"};

// The target without the parameters that mean nothing to a store.
std::string without_own_parameters(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) {
    return std::string(target);
  }
  std::string out(target.substr(0, mark));
  std::string_view rest = target.substr(mark + 1);
  char separator = '?';
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto name = percent_decode(parameter.substr(0, parameter.find('=')));
    if (std::ranges::find(kOwnParameters, name) == std::end(kOwnParameters)) {
      out += std::exchange(separator, '&');
      out += parameter;
    }
  }
  return out;
}

}  // namespace

Result<Metadata::Asked> Metadata::read_parameters(const Exchange& exchange) {
  const auto query = exchange.request.query();
  Asked asked;
  asked.field_stats = query_parameter(query, "field_stats") == "true";
  asked.block = asked.field_stats || query_parameter(query, "layer") == "true";
  if (const auto top = query_parameter(query, "field_stats_top"); asked.field_stats && top) {
    std::uint32_t count = 0;
    const auto* const end = top->data() + top->size();
    const auto [rest, fault] = std::from_chars(top->data(), end, count);
    if (rest != end || fault != std::errc() || count > kFieldStatsTopMax) {
      return std::unexpected(
          validation_error("field_stats_top", "expected an integer from 0 to 1000"));
    }
    asked.top = count;
  }
  return asked;
}

async::Task<Result<http::Response>> Metadata::handle(Exchange& exchange) {
  if (!exchange.ns_valid()) {
    co_return co_await parts_.plain.handle(exchange);
  }
  const auto table = parts_.router.table();
  LAYER_CO_ASSIGN(const auto route, table->find(exchange.ns()));
  parts_.stability.look(route.logical);
  LAYER_CO_ASSIGN(const Asked asked, read_parameters(exchange));
  if (!asked.block || exchange.request.method == "HEAD") {
    co_return co_await parts_.plain.handle(exchange);
  }
  const auto state = co_await parts_.states.load(std::string(route.logical));
  auto call = Proxy::make_call(exchange, false);
  call.target = without_own_parameters(call.target);
  call.headers.set("accept-encoding", "identity");
  LAYER_CO_ASSIGN(auto answer, co_await parts_.proxy.send(exchange, std::move(call)));
  if (answer.status == 200) {
    LAYER_CO_TRY(co_await namespaces::collect(answer, namespaces::kUpstreamBodyBytesMax));
    LAYER_CO_ASSIGN(const auto settings, parts_.settings.known(exchange.ns()));
    const bool hide = settings.hides_reserved && !shows_reserved(exchange);
    const Snapshot snapshot =
        co_await latest_snapshot(std::string(route.logical), state->incarnation);
    answer.body =
        with_block(std::move(answer.body), route, *state, settings, hide, asked, snapshot);
  }
  co_return parts_.proxy.relay(exchange, std::move(answer));
}

async::Task<Metadata::Snapshot> Metadata::latest_snapshot(std::string ns,
                                                          std::uint64_t incarnation) const {
  if (parts_.snapshots == nullptr) {
    co_return std::nullopt;
  }
  auto found = co_await parts_.snapshots->find(std::move(ns), incarnation, {});
  co_return found ? Snapshot(std::move(*found)) : std::nullopt;
}

std::string Metadata::with_block(std::string body, const namespaces::Route& route,
                                 const namespaces::NamespaceState& state,
                                 const NamespaceSettings& settings, bool hide, Asked asked,
                                 const Snapshot& snapshot) const {
  std::optional<std::uint64_t> row_count;
  std::vector<std::string> attributes;
  if (const auto metadata = namespaces::parse_metadata(body)) {
    row_count = metadata->row_count;
    for (const namespaces::Column& column : metadata->columns) {
      if (column.name != "id") {
        attributes.push_back(column.name);
      }
    }
    if (metadata->id_type) {
      parts_.states.set_id_type(route.logical, *metadata->id_type);
    }
  }
  if (hide) {
    if (auto hidden = features::reserved::hide_in_metadata(body)) {
      body = std::move(*hidden);
    }
  }
  std::string field_stats;
  if (snapshot && asked.field_stats) {
    field_stats = features::snapshots::print_field_stats(*snapshot->body,
                                                         {.watermark_ms = snapshot->watermark_ms,
                                                          .top = asked.top,
                                                          .attributes = std::move(attributes)});
  }
  const auto block = namespaces::print_layer_block(
      {.route = route,
       .state = state,
       .stability = parts_.stability.look(route.logical),
       .stamp = settings.rules.stamp,
       .row_count = row_count,
       .snapshot_rows = snapshot ? snapshot->body->row_count : std::nullopt,
       .field_stats = asked.field_stats,
       .field_stats_json = std::move(field_stats)});
  return namespaces::splice_layer(std::move(body), route.logical, block);
}

}  // namespace layer::gateway
