#include "features/snapshots/policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/units.h"
#include "features/snapshots/body.h"
#include "json/document.h"
#include "json/wrong_member.h"
#include "resources/kinds.h"

namespace layer::features::snapshots {
namespace {

Result<std::chrono::milliseconds> read_duration(std::string_view field, const json::Value& value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    if (auto duration = core::parse_duration(text); duration && duration->count() > 0) {
      return *duration;
    }
  }
  return json::wrong_member(field, "expected a duration such as 5m");
}

Result<std::vector<std::string>> read_fields(const json::Value& value) {
  json::Array items;
  std::vector<std::string> fields;
  if (value.get(items) != simdjson::SUCCESS) {
    return json::wrong_member("facetFields", "expected an array of attribute names");
  }
  for (const json::Value item : items) {
    std::string_view field;
    if (item.get(field) != simdjson::SUCCESS || field.empty() ||
        field.size() > kFieldNameBytesMax) {
      return json::wrong_member("facetFields", "expected an array of attribute names");
    }
    if (std::ranges::find(fields, field) == fields.end()) {
      fields.emplace_back(field);
    }
  }
  if (fields.size() > kFieldsMax) {
    return json::wrong_member("facetFields", fmt::format("at most {} fields", kFieldsMax));
  }
  return fields;
}

}  // namespace

Result<Policy> parse_policy(std::string_view json) {
  const auto document = json::Document::parse(std::string(json));
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return json::wrong_member("body", "expected a JSON object");
  }
  Policy policy;
  for (const auto& [name, value] : object) {
    if (name == "facetFields") {
      LAYER_ASSIGN(policy.facet_fields, read_fields(value));
    } else if (name == "interval") {
      LAYER_ASSIGN(policy.interval, read_duration("interval", value));
      if (policy.interval < kIntervalMin) {
        return json::wrong_member("interval", "at least 1s");
      }
    } else if (name == "retention") {
      std::string_view text;
      if (value.get(text) == simdjson::SUCCESS && text == "never") {
        policy.retention.reset();
      } else {
        LAYER_ASSIGN(policy.retention, read_duration("retention", value));
      }
    } else if (name != "v") {
      return json::wrong_member(name, "unknown; facetFields, interval and retention are known");
    }
  }
  return policy;
}

std::string print_duration(std::chrono::milliseconds duration) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 5> kUnits{{{7LL * 24 * 3'600'000, "w"},
                                                                        {24LL * 3'600'000, "d"},
                                                                        {3'600'000, "h"},
                                                                        {60'000, "m"},
                                                                        {1000, "s"}}};
  for (const auto& [ms, unit] : kUnits) {
    if (duration.count() % ms == 0) {
      return fmt::format("{}{}", duration.count() / ms, unit);
    }
  }
  return fmt::format("{}ms", duration.count());
}

std::string print_policy(const Policy& policy) {
  json::Writer out;
  out.begin_object().key("facetFields").begin_array();
  for (const std::string& field : policy.facet_fields) {
    out.value(field);
  }
  out.end_array().member("interval", print_duration(policy.interval));
  out.member("retention", policy.retention ? print_duration(*policy.retention) : "never");
  out.end_object();
  return std::move(out).take();
}

std::string policy_key(std::string_view ns) {
  return fmt::format("namespaces/{}/snapshot-policy.json", ns);
}

async::Task<Result<std::optional<Policy>>> PolicyStore::read(std::string ns) {
  const auto object = co_await objects_.get(policy_key(ns));
  if (!object && object.error().code != ErrorCode::kNotFound) {
    co_return std::unexpected(object.error());
  }
  std::optional<Policy> policy;
  if (object) {
    auto parsed = parse_policy(object->bytes);
    if (!parsed) {
      co_return fail(ErrorCode::kCorrupt, fmt::format("the snapshot policy of namespace '{}' is "
                                                      "damaged: {}",
                                                      ns, parsed.error().message));
    }
    policy = std::move(*parsed);
  }
  remember(ns, policy);
  co_return policy;
}

async::Task<Result<void>> PolicyStore::write(std::string ns, Policy policy) {
  std::string text = print_policy(policy);
  text.insert(1, "\"v\":1,");
  LAYER_CO_TRY(co_await objects_.put(policy_key(ns), std::move(text)));
  remember(ns, policy);
  co_return Result<void>{};
}

async::Task<Result<Policy>> PolicyStore::effective(std::string ns,
                                                   const resources::IndexSpec* index) {
  Policy policy{.facet_fields = defaults_.facet_fields, .interval = defaults_.interval};
  if (index != nullptr) {
    if (!index->facet_fields.empty()) {
      policy.facet_fields = index->facet_fields;
    }
    policy.interval = std::max(index->snapshot_interval, kIntervalMin);
    if (index->snapshot_retention != resources::kNever) {
      policy.retention = index->snapshot_retention;
    }
  }
  {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(ns);
    if (known != entries_.end() && clock_.steady() - known->second.read_at < defaults_.refresh) {
      co_return known->second.policy.value_or(policy);
    }
  }
  LAYER_CO_ASSIGN(const auto stored, co_await read(std::move(ns)));
  co_return stored.value_or(policy);
}

std::vector<std::string> PolicyStore::known() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [ns, entry] : entries_) {
    if (entry.policy) {
      out.push_back(ns);
    }
  }
  return out;
}

void PolicyStore::forget(std::string_view ns) {
  const std::lock_guard lock(mutex_);
  if (const auto known = entries_.find(ns); known != entries_.end()) {
    entries_.erase(known);
  }
}

void PolicyStore::remember(const std::string& ns, const std::optional<Policy>& policy) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kKnownMax && !entries_.contains(ns)) {
    // Policies that are absent cost nothing to forget.
    std::erase_if(entries_, [](const auto& item) { return !item.second.policy; });
  }
  if (entries_.size() < kKnownMax || entries_.contains(ns)) {
    entries_.insert_or_assign(ns, Entry{.policy = policy, .read_at = clock_.steady()});
  }
}

}  // namespace layer::features::snapshots
