#include "features/federated/print_answer.h"

#include <algorithm>
#include <utility>

#include "json/writer.h"

namespace layer::features::federated {
namespace {

void print_merge(json::Writer& out, const MergeChoice& merge) {
  out.begin_object().member("method", name(merge.method)).member("route", "fused");
  if (!merge.downgraded_reason.empty()) {
    out.member("downgraded_reason", merge.downgraded_reason);
  }
  out.end_object();
}

void print_facts(json::Writer& out, const NamespaceFacts& facts) {
  out.begin_object().member("namespace", facts.ns).key("stable_as_of");
  if (facts.stable_as_of_ms) {
    out.value(*facts.stable_as_of_ms);
  } else {
    out.null();
  }
  out.member("matched", facts.matched).end_object();
}

void print_json(json::Writer& out, std::string_view member, const std::string& json) {
  if (!json.empty()) {
    out.key(member).raw(json);
  }
}

}  // namespace

std::string print_faults(const std::vector<NamespaceFault>& errors) {
  json::Writer out;
  out.begin_array();
  for (const NamespaceFault& fault : errors) {
    out.begin_object()
        .member("namespace", fault.ns)
        .member("code", fault.code)
        .member("error", fault.error);
    if (!fault.detail.empty()) {
      out.member("detail", fault.detail);
    }
    if (fault.status != 0) {
      out.member("upstream_status", fault.status);
    }
    out.end_object();
  }
  out.end_array();
  return std::move(out).take();
}

std::string print_answer(const FederatedAnswer& answer) {
  json::Writer out;
  out.begin_object().key("rows").begin_array();
  for (const std::string& row : answer.rows) {
    out.raw(row);
  }
  out.end_array().key("merge");
  print_merge(out, answer.merge);
  print_json(out, "routing", answer.routing);
  print_json(out, "hybrid", answer.hybrid);
  out.key("namespaces").begin_array();
  for (const NamespaceFacts& facts : answer.namespaces) {
    print_facts(out, facts);
  }
  out.end_array();
  if (!answer.errors.empty()) {
    out.key("errors").raw(print_faults(answer.errors));
  }
  print_json(out, "billing", answer.billing);
  print_json(out, "performance", answer.performance);
  out.end_object();
  return std::move(out).take();
}

std::optional<std::int64_t> stable_as_of(const FederatedAnswer& answer) {
  std::optional<std::int64_t> least;
  for (const NamespaceFacts& facts : answer.namespaces) {
    if (!facts.stable_as_of_ms) {
      return std::nullopt;
    }
    least = least ? std::min(*least, *facts.stable_as_of_ms) : facts.stable_as_of_ms;
  }
  return least;
}

}  // namespace layer::features::federated
