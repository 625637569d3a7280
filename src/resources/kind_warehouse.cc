// Warehouse: an outside source that pipelines read from.
#include <array>

#include <fmt/format.h>

#include "resources/kind_schemas.h"
#include "resources/read_node.h"

namespace layer::resources {
namespace {

constexpr std::array<Field, 18> kFields{{
    {.path = "kind", .required = true, .max = 64, .help = "rss or rest"},
    {.path = "verifyInterval",
     .type = FieldType::kDuration,
     .default_value = "1h",
     .min = 60'000,
     .help = "how often it is probed"},
    {.path = "rss", .type = FieldType::kObject, .help = "for kind rss"},
    {.path = "rss.userAgent", .max = 256, .help = "layer-rss-source/VERSION when absent"},
    {.path = "rest", .type = FieldType::kObject, .help = "for kind rest"},
    {.path = "rest.baseUrl", .required = true, .spelling = &kHttpUrl, .help = "its address"},
    {.path = "rest.auth", .type = FieldType::kObject, .help = "how requests prove who they are"},
    {.path = "rest.auth.in",
     .required = true,
     .choices = "query header",
     .help = "where the secret goes"},
    {.path = "rest.auth.name", .required = true, .max = 128, .help = "parameter or header"},
    {.path = "rest.auth.secretRef",
     .type = FieldType::kObject,
     .required = true,
     .help = "where its value is"},
    {.path = "rest.auth.secretRef.name",
     .required = true,
     .spelling = &kObjectName,
     .help = "secret"},
    {.path = "rest.auth.secretRef.key",
     .required = true,
     .spelling = &kSecretKey,
     .help = "key in the secret"},
    {.path = "rest.rateLimit", .type = FieldType::kObject, .help = "how fast it may be asked"},
    {.path = "rest.rateLimit.requestsPerSecond",
     .type = FieldType::kNumber,
     .required = true,
     .min = 0,
     .max = 10'000,
     .help = "above 0"},
    {.path = "rest.userAgent", .max = 256, .help = "layer-rest-source/VERSION when absent"},
    {.path = "rest.verify", .type = FieldType::kObject, .required = true, .help = "the probe"},
    {.path = "rest.verify.path", .required = true, .max = 2048, .help = "path that answers 2xx"},
    {.path = "rest.verify.query", .type = FieldType::kTextMap, .help = "its parameters"},
}};

void check(const Node& spec, std::string_view, Report& report) {
  const std::string kind = text(spec, "kind");
  if (kind == "snowflake" || kind == "huggingface" || kind == "youtube") {
    report.add_at(spec, "kind", fmt::format("warehouses of kind '{}' are not supported yet", kind),
                  "kinds that work are rss and rest", "KindNotSupported");
    return;
  }
  if (!kind.empty() && kind != "rss" && kind != "rest") {
    report.add_at(spec, "kind", fmt::format("found '{}', expected one of: rss, rest", kind),
                  suggest(kind, {"rss", "rest"}));
    return;
  }
  for (const std::string_view block : {"rss", "rest"}) {
    if (kind != block && !kind.empty() && has(spec, block)) {
      report.add_at(spec, block, fmt::format("does not go with kind {}", kind));
    }
  }
  if (kind == "rest" && !has(spec, "rest")) {
    report.add_at(spec, "rest", "is missing", "kind rest needs its baseUrl and verify path");
  }
  constexpr std::string_view kRate = "rest.rateLimit.requestsPerSecond";
  if (const Node* rate = at_path(spec, kRate); rate != nullptr && rate->number <= 0) {
    report.add_at(spec, kRate, fmt::format("found {}, expected a number above 0", describe(*rate)));
  }
}

AnySpec decode(const Node& spec, std::string_view) {
  WarehouseSpec warehouse{.kind = text(spec, "kind"),
                          .verify_interval = duration(spec, "verifyInterval"),
                          .rss_user_agent = text(spec, "rss.userAgent"),
                          .rest = {}};
  if (has(spec, "rest")) {
    WarehouseSpec::Rest rest{.base_url = text(spec, "rest.baseUrl"),
                             .auth = {},
                             .requests_per_second = {},
                             .user_agent = text(spec, "rest.userAgent"),
                             .verify_path = text(spec, "rest.verify.path"),
                             .verify_query = labels(spec, "rest.verify.query")};
    if (const Node* rate = at_path(spec, "rest.rateLimit.requestsPerSecond"); rate != nullptr) {
      rest.requests_per_second = rate->number;
    }
    if (has(spec, "rest.auth")) {
      rest.auth = {.in_query = text(spec, "rest.auth.in") == "query",
                   .name = text(spec, "rest.auth.name"),
                   .secret_ref = secret_ref(spec, "rest.auth.secretRef")};
    }
    warehouse.rest = std::move(rest);
  }
  return warehouse;
}

}  // namespace

const KindSchema& warehouse_schema() {
  static constexpr KindSchema kSchema{.kind = Kind::kWarehouse,
                                      .help = "An outside source that pipelines read from.",
                                      .name_spelling = &kObjectName,
                                      .fields = kFields,
                                      .check = check,
                                      .decode = decode};
  return kSchema;
}

}  // namespace layer::resources
