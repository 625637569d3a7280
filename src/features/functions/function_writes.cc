#include "features/functions/function_writes.h"

#include <algorithm>
#include <utility>

#include "features/functions/function_rows.h"
#include "json/document.h"

namespace layer::features::functions {
namespace {

using writes::WatchedFunction;
using writes::WatchedFunctions;
using writes::WitnessKind;

// Every text of a filter that may be an attribute's name: more than there are does no harm.
void add_names(const json::Value& filter, std::vector<std::string>& names) {
  json::Array list;
  if (filter.get(list) != simdjson::SUCCESS) {
    return;
  }
  bool first = true;
  for (const json::Value item : list) {
    std::string_view text;
    if (first && item.get(text) == simdjson::SUCCESS) {
      names.emplace_back(text);
    }
    first = false;
    add_names(item, names);
  }
}

std::vector<std::string> names_in(const std::string& filter) {
  std::vector<std::string> names;
  if (const auto document = json::Document::parse(filter); document && !filter.empty()) {
    add_names(document->root(), names);
  }
  return names;
}

queue::ItemKey key_of(const std::string& ns, const wire::Id& id, std::optional<wire::IdType> type) {
  const auto* text = std::get_if<std::string>(&id);
  if (text != nullptr && type != wire::IdType::kString) {
    if (const auto uuid = wire::parse_uuid(*text)) {
      return item_key(ns, *uuid);
    }
  }
  return item_key(ns, id);
}

}  // namespace

void FunctionWrites::publish(const FunctionRegistry& registry,
                             const std::vector<RegisteredFunction>& functions) {
  std::unordered_map<std::string, WatchedFunctions> all;
  for (const RegisteredFunction& function : functions) {
    const WatchedFunction watched{.id = function.id,
                                  .stale_marker = markers_of(function.id).stale_after,
                                  .inputs = function.spec.inputs,
                                  .others = names_in(function.spec.filter),
                                  .on_write = function.spec.triggers.write};
    for (const std::string& ns : registry.namespaces_of(function.spec)) {
      all[ns].push_back(watched);
    }
  }
  std::unordered_map<std::string, Watched> shared;
  for (auto& [ns, watched] : all) {
    shared.emplace(ns, std::make_shared<const WatchedFunctions>(std::move(watched)));
  }
  const std::scoped_lock lock(mutex_);
  by_namespace_.swap(shared);
}

FunctionWrites::Watched FunctionWrites::of(std::string_view ns, std::string_view but) const {
  Watched found;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = by_namespace_.find(std::string(ns));
    found = at == by_namespace_.end() ? nullptr : at->second;
  }
  if (found == nullptr || std::ranges::find(*found, but, &WatchedFunction::id) == found->end()) {
    return found;
  }
  WatchedFunctions others;
  std::ranges::remove_copy(*found, std::back_inserter(others), but, &WatchedFunction::id);
  return others.empty() ? nullptr : std::make_shared<const WatchedFunctions>(std::move(others));
}

async::Task<Result<void>> FunctionWrites::wrote(Written written) {
  std::vector<queue::ItemKey> upserted;
  std::vector<queue::ItemKey> patched;
  std::vector<queue::ItemKey> deleted;
  for (const writes::TouchedRow& row : written.rows) {
    auto key = key_of(written.ns, row.id, written.id_type);
    if (row.kind == WitnessKind::kDelete) {
      if (!row.conditional) {
        deleted.push_back(std::move(key));
      }
    } else {
      (row.kind == WitnessKind::kUpsert ? upserted : patched).push_back(std::move(key));
    }
  }
  for (std::size_t i = 0; i < written.functions->size(); ++i) {
    const WatchedFunction& function = (*written.functions)[i];
    if (!function.on_write) {
      continue;
    }
    std::vector<queue::ItemKey> keys = upserted;
    if ((written.patched & writes::mask_bit(i)) != 0) {
      keys.insert(keys.end(), patched.begin(), patched.end());
    }
    for (std::size_t from = 0; from < keys.size(); from += queue::kWorkBatchMax) {
      const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(from);
      const auto count = std::min(queue::kWorkBatchMax, keys.size() - from);
      LAYER_CO_TRY(co_await queue_.add(function.id,
                                       {begin, begin + static_cast<std::ptrdiff_t>(count)},
                                       queue::AddMode::kRenew));
    }
    for (std::size_t from = 0; from < deleted.size(); from += queue::kWorkBatchMax) {
      const auto begin = deleted.begin() + static_cast<std::ptrdiff_t>(from);
      const auto count = std::min(queue::kWorkBatchMax, deleted.size() - from);
      LAYER_CO_TRY(
          co_await queue_.drop(function.id, {begin, begin + static_cast<std::ptrdiff_t>(count)}));
    }
  }
  co_return Result<void>{};
}

}  // namespace layer::features::functions
