#include "cli/parity_report.h"

#include <fmt/format.h>

#include "json/writer.h"

namespace layer::cli {
namespace {

std::string_view verdict(const ParityCertificate& certificate) {
  if (certificate.equal()) {
    return "equal";
  }
  return certificate.result.stopped ? "stopped" : "different";
}

}  // namespace

std::string print_as_text(const ParityCertificate& certificate) {
  const ParityResult& result = certificate.result;
  std::string out;
  const auto line = [&out](std::string_view name, const auto& value) {
    fmt::format_to(std::back_inserter(out), "{:<14}{}\n", name, value);
  };
  for (const ParityDifference& each : result.differences) {
    fmt::format_to(std::back_inserter(out),
                   "{} ({})\n  {}\n  {} differs\n    store    {}\n    gateway  {}\n\n", each.where,
                   each.name, each.request, each.found.what, each.found.store, each.found.gateway);
  }
  line("result", verdict(certificate));
  line("store", certificate.store);
  line("gateway",
       certificate.gateway_version.empty()
           ? certificate.gateway
           : fmt::format("{} (layer {})", certificate.gateway, certificate.gateway_version));
  line("cases", fmt::format("{} with {} exchanges, of layer {}", result.cases, result.exchanges,
                            certificate.layer_version));
  line("differences", result.differences.size());
  line("stamps only", fmt::format("{}{}", result.stamp_only,
                                  result.stamp_only > 0 ? " (sizes of stamped rows)" : ""));
  line("date", certificate.date);
  line("fingerprint", result.fingerprint);
  for (const std::string& name : result.left_behind) {
    line("left behind", name + " (delete it: layer ns delete " + name + ")");
  }
  return out;
}

std::string print_as_json(const ParityCertificate& certificate) {
  const ParityResult& result = certificate.result;
  json::Writer out;
  out.begin_object()
      .member("result", verdict(certificate))
      .member("store", certificate.store)
      .member("gateway", certificate.gateway)
      .member("gateway_version", certificate.gateway_version)
      .member("layer_version", certificate.layer_version)
      .member("date", certificate.date)
      .member("cases", result.cases)
      .member("exchanges", result.exchanges)
      .member("stamp_only", result.stamp_only)
      .member("fingerprint", result.fingerprint);
  out.key("differences").begin_array();
  for (const ParityDifference& each : result.differences) {
    out.begin_object()
        .member("where", each.where)
        .member("case", each.name)
        .member("request", each.request)
        .member("what", each.found.what)
        .member("store", each.found.store)
        .member("gateway", each.found.gateway)
        .end_object();
  }
  out.end_array().key("left_behind").begin_array();
  for (const std::string& name : result.left_behind) {
    out.value(name);
  }
  out.end_array().end_object();
  return std::move(out).take() + "\n";
}

}  // namespace layer::cli
