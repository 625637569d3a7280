#include "app/printed_texts.h"

#include <array>

#include "app/option_table.h"
#include "gateway/metrics_table.h"
#include "gateway/openapi.h"

namespace layer::app {
namespace {

std::string metrics_json() {
  return gateway::metrics_catalog_json() + "\n";
}

constexpr std::array kTexts{
    PrintedText{.group = "config",
                .group_help = "look at the configuration",
                .leaf = "reference",
                .help = "print the reference page of the options",
                .print = options_reference},
    PrintedText{.group = "api",
                .group_help = "look at the HTTP API",
                .leaf = "openapi",
                .help = "print the OpenAPI 3.1 document",
                .print = gateway::openapi_document},
    PrintedText{.group = "metrics",
                .group_help = "look at the metrics",
                .leaf = "catalog",
                .help = "print every metric with its kind, labels and meaning",
                .print = metrics_json,
                .markdown = gateway::metrics_reference},
};

}  // namespace

std::span<const PrintedText> printed_texts() {
  return kTexts;
}

}  // namespace layer::app
