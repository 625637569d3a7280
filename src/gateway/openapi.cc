#include "gateway/openapi.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "core/options.h"
#include "core/text.h"
#include "gateway/route_table.h"
#include "http/message.h"

namespace layer::gateway {
namespace {

// What every route may answer beside its own.
constexpr std::array kCommon{401, 403, 413, 422, 429, 500, 502, 503, 504};

constexpr std::string_view kBytes =
    "application/octet-stream: {schema: {type: string, format: binary}}";

constexpr std::string_view kHead =
    R"(# Made by `layer api openapi` from src/gateway/route_table.cc; do not edit.
openapi: 3.1.0
info:
  title: Layer
  version: "1"
  description: >-
    One tier in front of a vector store. Routes tagged "store" are the store's own API and are
    forwarded; bodies are the store's.
  license: {name: Apache-2.0, identifier: Apache-2.0}
servers:
  - url: http://127.0.0.1:8080
security:
  - key: []
)";

constexpr std::string_view kComponents = R"(components:
  securitySchemes:
    key: {type: http, scheme: bearer}
  schemas:
    Error:
      type: object
      required: [status, error]
      properties:
        status: {const: error}
        error: {type: string, description: "a code of the gateway, or the store's message"}
        message: {type: string}
        feature: {type: string}
        store: {type: string}
        reason: {type: string}
        hint: {type: string}
        trace_id: {type: string, pattern: "^[0-9a-f]{32}$"}
        required_scope: {enum: [read, write, admin]}
        details: {type: array, items: {type: object}}
)";

std::string method_key(std::string_view method) {
  std::string key(method);
  std::ranges::transform(key, key.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  return key;
}

void print_parameters(std::string& out, std::string_view pattern) {
  std::string lines;
  for (std::size_t at = pattern.find('{'); at != std::string_view::npos;
       at = pattern.find('{', at + 1)) {
    const std::string_view name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    fmt::format_to(std::back_inserter(lines),
                   "      - {{name: {}, in: path, required: true, schema: {{type: string}}}}\n",
                   name);
  }
  if (!lines.empty()) {
    out += "    parameters:\n" + lines;
  }
}

std::string_view answer_content(const Route& route) {
  switch (route.id) {
    case RouteId::kMetrics:
      return "text/plain: {schema: {type: string}}";
    case RouteId::kBlob:
      return kBytes;
    case RouteId::kHistoryExport:
      return "application/x-ndjson: {schema: {type: string}}";
    default:
      return "application/json: {schema: {}}";
  }
}

void print_answers(std::string& out, const Route& route) {
  out += "      responses:\n";
  for (const std::string_view status : core::split_words(route.statuses)) {
    const int code = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
    if (code >= 400) {
      fmt::format_to(std::back_inserter(out),
                     "        \"{0}\": {{$ref: '#/components/responses/E{0}'}}\n", code);
      continue;
    }
    fmt::format_to(std::back_inserter(out), "        \"{}\":\n          description: {}\n", code,
                   http::reason_phrase(code));
    if (code != 304) {
      fmt::format_to(std::back_inserter(out), "          content: {{{}}}\n", answer_content(route));
    }
  }
  if (route.scope != Scope::kNone) {
    for (const int code : kCommon) {
      fmt::format_to(std::back_inserter(out),
                     "        \"{0}\": {{$ref: '#/components/responses/E{0}'}}\n", code);
    }
  }
}

void print_operation(std::string& out, const Route& route) {
  const std::string_view tag = route.serving == Serving::kStoreWire ? "store"
                               : route.serving == Serving::kService ? "service"
                                                                    : "layer";
  fmt::format_to(std::back_inserter(out),
                 "    {}:\n      operationId: {}\n      summary: {}\n      tags: [{}]\n"
                 "      x-layer-scope: {}\n",
                 method_key(route.method), route.name, core::json_string(route.summary), tag,
                 name(route.scope));
  if (route.scope == Scope::kNone) {
    out += "      security: []\n";
  }
  if (route.method == "POST" || route.method == "PATCH" || route.method == "PUT") {
    const std::string_view content =
        route.id == RouteId::kPutBlob ? kBytes : "application/json: {schema: {}}";
    fmt::format_to(std::back_inserter(out), "      requestBody:\n        content: {{{}}}\n",
                   content);
  }
  print_answers(out, route);
}

void print_error_responses(std::string& out) {
  constexpr std::array kAll{400, 401, 403, 404, 409, 410, 412, 413, 422, 429, 500, 502, 503, 504};
  out += "  responses:\n";
  for (const int code : kAll) {
    fmt::format_to(
        std::back_inserter(out),
        "    E{}:\n      description: {}\n"
        "      content: {{application/json: {{schema: {{$ref: '#/components/schemas/Error'}}}}}}\n",
        code, http::reason_phrase(code));
  }
}

}  // namespace

std::string openapi_document() {
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const Route& route : route_table()) {
    if (!route.pattern.empty()) {
      paths[route.pattern].push_back(&route);
    }
  }
  std::string out(kHead);
  out += "paths:\n";
  for (const auto& [pattern, routes] : paths) {
    fmt::format_to(std::back_inserter(out), "  {}:\n", pattern);
    print_parameters(out, pattern);
    for (const Route* route : routes) {
      print_operation(out, *route);
    }
  }
  out += kComponents;
  print_error_responses(out);
  return out;
}

}  // namespace layer::gateway
