#include "gateway/routes/resources.h"

#include <fmt/format.h>

#include "core/text.h"
#include "gateway/auth/authorise.h"
#include "gateway/percent.h"
#include "gateway/routes/print_status.h"
#include "gateway/routes/vectorstores.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

void print_labels(json::Writer& out, std::string_view name, const resources::Labels& labels) {
  if (labels.empty()) {
    return;
  }
  out.key(name).begin_object();
  for (const auto& [key, value] : labels) {
    out.member(key, value);
  }
  out.end_object();
}

void print_resource(json::Writer& out, const resources::Resource& resource,
                    const resources::Status& status) {
  out.begin_object()
      .member("apiVersion", resources::api_version(resource.kind))
      .member("kind", resources::kind_name(resource.kind));
  out.key("metadata").begin_object().member("name", resource.metadata.name);
  print_labels(out, "labels", resource.metadata.labels);
  print_labels(out, "annotations", resource.metadata.annotations);
  out.member("generation", resource.metadata.generation).end_object();
  // The text of a spec that was never accepted is not shown: it may hold anything.
  out.key("spec").raw(resource.spec_json ? std::string_view(*resource.spec_json) : "null");
  out.key("status");
  print_status(out, status);
  out.end_object();
}

}  // namespace

std::optional<resources::Kind> parse_kind(std::string_view text) {
  for (std::size_t i = 0; i < resources::kKindCount; ++i) {
    const auto kind = static_cast<resources::Kind>(i);
    const std::string name(resources::kind_name(kind));
    for (const std::string& spelling : {name, name + "s", name + "es"}) {
      if (core::equals_ignore_case(spelling, text)) {
        return kind;
      }
    }
  }
  return std::nullopt;
}

bool Resources::sees(const Caller& caller, const resources::Resource& resource) const {
  if (resource.kind == resources::Kind::kVectorStore) {
    return sees_store(caller, resource.metadata.name);
  }
  if (resource.kind != resources::Kind::kIndex) {
    return may_read(caller, {}, {});
  }
  const auto& index = static_cast<const resources::Object<resources::IndexSpec>&>(resource);
  const auto logical = resources::logical_namespace(index);
  const auto table = parts_.router.table();
  const auto& store_name = index.spec ? index.spec->store : std::string();
  const auto store = store_name.empty() ? table->default_store().name() : store_name;
  return may_read(caller, store, logical);
}

async::Task<Result<http::Response>> Resources::handle(Exchange& exchange) {
  const auto& [kind_text, name_text] = exchange.match.params;
  std::optional<resources::Kind> wanted_kind;
  if (!kind_text.empty()) {
    wanted_kind = parse_kind(percent_decode(kind_text));
    if (!wanted_kind) {
      co_return fail(ErrorCode::kNotFound, fmt::format("there is no kind '{}'", kind_text));
    }
  }
  const auto wanted_name = percent_decode(name_text);
  const auto catalog = parts_.source.current();
  json::Writer out;
  out.begin_object().key("resources").begin_array();
  std::size_t shown = 0;
  for (std::size_t i = 0; i < resources::kKindCount; ++i) {
    const auto kind = static_cast<resources::Kind>(i);
    if (wanted_kind && *wanted_kind != kind) {
      continue;
    }
    for (const resources::Resource* resource : catalog->list(kind)) {
      if ((!wanted_name.empty() && resource->metadata.name != wanted_name) ||
          !sees(*exchange.caller, *resource)) {
        continue;
      }
      ++shown;
      print_resource(out, *resource, parts_.statuses.get(resource->status_key));
    }
  }
  if (!wanted_name.empty() && shown == 0) {
    co_return fail(
        ErrorCode::kNotFound,
        fmt::format("there is no {} '{}'", resources::kind_name(*wanted_kind), wanted_name));
  }
  out.end_array().end_object();
  co_return http::json_response(200, std::move(out).take());
}

}  // namespace layer::gateway
