#include "features/functions/push_messages.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "features/functions/print_function.h"
#include "features/functions/requests.h"
#include "features/functions/row_result.h"
#include "features/namespaces/slices.h"
#include "json/document.h"
#include "json/wrong_member.h"

namespace layer::features::functions {
namespace {

using namespaces::raw_member;
using namespaces::string_of;
using queue::FailureKind;

constexpr int kTooManyRequests = 429;
constexpr int kServiceUnavailable = 503;

// An item as an answer names it: ids that are numbers are not those that are texts.
using Name = std::tuple<std::string, bool, std::string>;

Name name_of(const queue::ItemKey& key) {
  return {key.ns, key.id_kind != queue::IdKind::kUint, key.id};
}

Name name_of(std::string_view item) {
  const std::string_view id = raw_member(item, "id");
  const bool is_text = id.starts_with('"');
  return {string_of(raw_member(item, "namespace")), is_text,
          is_text ? string_of(id) : std::string(id)};
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::chrono::milliseconds wait_of(std::optional<std::uint64_t> ms) {
  const auto longest = static_cast<std::uint64_t>(kRetryAfterMax.count());
  return ms ? std::chrono::milliseconds(std::min(*ms, longest)) : kRetryAfterDefault;
}

bool is_given(std::string_view json) {
  return !json.empty() && json != "null";
}

queue::ItemFailure failure_of(const WorkItem& item, std::string_view error) {
  const std::string kind = string_of(raw_member(error, "kind"));
  return {.lease = lease_of(item),
          .kind = kind == "permanent"   ? FailureKind::kPermanent
                  : kind == "throttled" ? FailureKind::kThrottled
                                        : FailureKind::kTransient,
          .message = string_of(raw_member(error, "message")),
          .retry_after = wait_of(number(raw_member(error, "retry_after_ms")))};
}

Result<Completion> completion_of(const WorkItem& item, std::string_view text,
                                 const FunctionSpec& spec) {
  const auto member = [&](std::string_view name) {
    const std::string_view value = raw_member(text, name);
    return is_given(value) ? std::string(value) : std::string();
  };
  Completion done{
      .lease = lease_of(item), .attributes = member("attributes"), .vectors = member("vectors")};
  if (const std::string vector = member("vector"); !vector.empty()) {
    if (!done.vectors.empty()) {
      return json::wrong_member("vector", "give either vector or vectors");
    }
    json::Writer out;
    out.begin_object().key(spec.vector_attribute).raw(vector).end_object();
    done.vectors = std::move(out).take();
  }
  LAYER_TRY(check_attributes(spec, "attributes", done.attributes));
  LAYER_TRY(check_attributes(spec, "vectors", done.vectors));
  return done;
}

void take_item(PushAnswer& answer, const WorkItem& item, std::string_view text,
               const FunctionSpec& spec) {
  if (text.empty()) {
    answer.failures.push_back(
        {.lease = lease_of(item), .message = "is missing in the worker's answer"});
    return;
  }
  if (const std::string_view error = raw_member(text, "error"); is_given(error)) {
    answer.failures.push_back(failure_of(item, error));
    return;
  }
  auto done = completion_of(item, text, spec);
  if (done) {
    answer.completions.push_back(std::move(*done));
  } else {
    answer.failures.push_back({.lease = lease_of(item),
                               .kind = FailureKind::kPermanent,
                               .message = done.error().message});
  }
}

}  // namespace

queue::ItemLease lease_of(const WorkItem& item) {
  return {.key = item.key, .epoch = item.lease};
}

std::string print_push(const RegisteredFunction& function, const std::vector<WorkItem>& items) {
  json::Writer out;
  out.begin_object()
      .member("function", function.id)
      .member("version", function.spec.version)
      .key("items")
      .begin_array();
  for (const WorkItem& item : items) {
    out.begin_object().member("namespace", item.key.ns).key("id");
    write_id(out, item.key);
    out.member("lease", print_lease(item.key, item.lease)).key("input").raw(item.input);
    out.end_object();
  }
  out.end_array().end_object();
  return std::move(out).take();
}

Result<PushAnswer> read_push_answer(const std::string& body, const FunctionSpec& spec,
                                    const std::vector<WorkItem>& sent) {
  const auto wrong = [] {
    return json::wrong_member("items", "the worker's answer is no {\"items\":[..]}");
  };
  // What is not JSON is found here; below it is only cut.
  if (!json::Document::parse(body)) {
    return wrong();
  }
  const std::string_view list = raw_member(body, "items");
  if (!list.starts_with('[')) {
    return wrong();
  }
  std::map<Name, std::string_view> told;
  for (const auto& slice : namespaces::items_of(list)) {
    const std::string_view item = slice.of(list);
    told.emplace(name_of(item), item);  // the first word counts
  }
  PushAnswer answer;
  for (const WorkItem& item : sent) {
    const auto found = told.find(name_of(item.key));
    take_item(answer, item, found == told.end() ? std::string_view() : found->second, spec);
  }
  return answer;
}

PushAnswer all_failed(const std::vector<WorkItem>& sent, FailureKind kind,
                      const std::string& message, std::chrono::milliseconds retry_after) {
  PushAnswer answer;
  for (const WorkItem& item : sent) {
    answer.failures.push_back(
        {.lease = lease_of(item), .kind = kind, .message = message, .retry_after = retry_after});
  }
  return answer;
}

PushRefusal refusal_of(int status, const http::Headers& headers) {
  if (status == kTooManyRequests || status == kServiceUnavailable) {
    auto ms = number(headers.find("retry-after-ms").value_or(""));
    if (const auto seconds = number(headers.find("retry-after").value_or("")); !ms && seconds) {
      ms = std::min<std::uint64_t>(*seconds, 86'400) * 1000;
    }
    return {.kind = FailureKind::kThrottled, .retry_after = wait_of(ms)};
  }
  return {.kind =
              status >= 400 && status < 500 ? FailureKind::kPermanent : FailureKind::kTransient};
}

}  // namespace layer::features::functions
