#include "features/capabilities/report.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "features/capabilities/schema_support.h"
#include "json/writer.h"

namespace layer::features::capabilities {
namespace {

using store::Support;

// What a store of this kind takes in one schema. Source for turbopuffer: its documented limits,
// which are lower than what it was seen to accept.
struct KindLimits {
  std::string_view kind;
  std::size_t vector_fields_max;
};
constexpr KindLimits kKindLimits[] = {
    {"embedded", core::limits::vector_column_count_max},
    {"turbopuffer", 2},
};

// Features that live by the stamp in each row.
constexpr std::string_view kStampFeatures[] = {"temporal", "stable", "snapshots", "udf",
                                               "read_after"};

bool is_worse(Support a, Support b) {
  constexpr auto kRank = [](Support s) {
    switch (s) {
      case Support::kSupported:
        return 0;
      case Support::kApproximate:
        return 1;
      case Support::kUndeclared:
        return 2;
      case Support::kUnsupported:
        return 3;
    }
    return 3;
  };
  return kRank(a) > kRank(b);
}

bool is_declared(const store::Capabilities& capabilities) {
  return std::ranges::any_of(store::feature_table(), [&](const store::FeatureInfo& feature) {
    return capabilities.support(feature.id) != Support::kUndeclared;
  });
}

void print_limits(json::Writer& out, const store::VectorStore& store, const Deployment& deployment,
                  FeatureSupport embed) {
  out.key("schema_limits")
      .begin_object()
      .member("embed", embed.support == Support::kSupported)
      .member("max_gateway_embed_attributes", deployment.embed_attributes_max)
      .member("max_full_text_search_fields", core::limits::attribute_count_max)
      .key("max_vector_fields");
  const auto* limits = std::ranges::find(kKindLimits, store.kind(), &KindLimits::kind);
  if (limits != std::end(kKindLimits)) {
    out.value(limits->vector_fields_max);
  } else {
    out.null();
  }
  out.end_object();
}

using SupportOf = std::function<FeatureSupport(std::string_view feature)>;

std::string print_report(const store::VectorStore& store, const Deployment& deployment,
                         const SupportOf& support) {
  json::Writer out;
  out.begin_object().key("store").begin_object();
  out.member("name", store.name()).member("kind", store.kind()).end_object();
  out.member("declared", is_declared(store.capabilities()));
  out.key("features").begin_array();
  for (const store::FeatureInfo& feature : store::feature_table()) {
    const auto [level, note] = support(feature.id);
    out.begin_object()
        .member("id", feature.id)
        .member("label", feature.label)
        .member("page", feature.page)
        .member("support", store::name(level))
        .member("note", note)
        .end_object();
  }
  out.end_array().key("hybrid_routes").begin_array();
  const bool text = support("fts").support != Support::kUnsupported;
  if (deployment.hybrid_text && text) {
    out.value("hybrid_text");
  }
  if (support("multi_query").support == Support::kSupported && text) {
    out.value("multi_query");
  }
  out.end_array();
  print_limits(out, store, deployment, support("embed"));
  out.end_object();
  return std::move(out).take();
}

}  // namespace

FeatureSupport support_of(std::string_view feature, const store::VectorStore& store,
                          const Deployment& deployment) {
  const FeatureSupport theirs{store.capabilities().support(feature),
                              store.capabilities().note(feature)};
  const FeatureSupport ours{deployment.features.support(feature),
                            deployment.features.note(feature)};
  return ours.support != Support::kUndeclared && is_worse(ours.support, theirs.support) ? ours
                                                                                        : theirs;
}

FeatureSupport support_of(std::string_view feature, const store::VectorStore& store,
                          const Deployment& deployment, const NamespaceTraits& traits) {
  const auto general = support_of(feature, store, deployment);
  if (general.support == Support::kUnsupported) {
    return general;
  }
  if (!traits.stamp && std::ranges::find(kStampFeatures, feature) != std::end(kStampFeatures)) {
    return {Support::kUnsupported, "stamping is off for this namespace"};
  }
  if (traits.exists) {
    if (const auto missing = missing_in_schema(feature, traits.metadata)) {
      return {Support::kUnsupported, *missing};
    }
  }
  return general;
}

std::string store_report(const store::VectorStore& store, const Deployment& deployment) {
  return print_report(store, deployment, [&](std::string_view feature) {
    return support_of(feature, store, deployment);
  });
}

std::string namespace_report(const store::VectorStore& store, const Deployment& deployment,
                             const NamespaceTraits& traits) {
  return print_report(store, deployment, [&](std::string_view feature) {
    return support_of(feature, store, deployment, traits);
  });
}

Result<void> refuse_unsupported(std::string_view feature, const store::VectorStore& store,
                                const Deployment& deployment) {
  const auto [level, note] = support_of(feature, store, deployment);
  if (level != Support::kUnsupported) {
    return {};
  }
  auto message = fmt::format("store '{}' cannot serve '{}'", store.name(), feature);
  if (!note.empty()) {
    message += fmt::format(": {}", note);
  }
  return std::unexpected(Error{.code = ErrorCode::kUnsupportedByStore,
                               .message = std::move(message),
                               .fields = {{.name = "feature", .value = std::string(feature)},
                                          {.name = "store", .value = std::string(store.name())}}});
}

}  // namespace layer::features::capabilities
