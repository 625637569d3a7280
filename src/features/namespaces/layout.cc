#include "features/namespaces/layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/limits.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::namespaces {
namespace {

struct StateName {
  Layout::State state;
  std::string_view name;
};
constexpr StateName kStateNames[] = {
    {Layout::State::kUnsharded, "unsharded"},
    {Layout::State::kBackfilling, "backfilling"},
    {Layout::State::kReady, "ready"},
};

// The members of one state object, and the first thing that is wrong with them.
class Reader {
 public:
  Reader(std::string_view what, json::Object members) : what_(what), members_(members) {}

  std::uint64_t number(std::string_view member, std::uint64_t otherwise, std::uint64_t max) {
    const auto value = members_[member];
    if (value.error() != simdjson::SUCCESS || value.is_null()) {
      return otherwise;
    }
    std::uint64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS || number > max) {
      complain(member);
    }
    return number;
  }
  std::string_view text(std::string_view member, std::string_view otherwise) {
    const auto value = members_[member];
    if (value.error() != simdjson::SUCCESS || value.is_null()) {
      return otherwise;
    }
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) {
      complain(member);
    }
    return text;
  }
  bool flag(std::string_view member, bool otherwise) {
    const auto value = members_[member];
    if (value.error() != simdjson::SUCCESS || value.is_null()) {
      return otherwise;
    }
    bool flag = otherwise;
    if (value.get(flag) != simdjson::SUCCESS) {
      complain(member);
    }
    return flag;
  }
  void complain(std::string_view member) {
    if (!fault_) {
      fault_ = Error{.code = ErrorCode::kCorrupt,
                     .message = fmt::format("{}: member '{}' has no value this version can read",
                                            what_, member)};
    }
  }
  const std::optional<Error>& fault() const { return fault_; }

 private:
  std::string_view what_;
  json::Object members_;
  std::optional<Error> fault_;
};

Result<json::Document> parse_object(std::string_view what, std::string_view json) {
  if (json.size() > kStateObjectBytesMax) {
    return fail(ErrorCode::kCorrupt, fmt::format("{}: {} bytes are more than a namespace's state "
                                                 "has ({})",
                                                 what, json.size(), kStateObjectBytesMax));
  }
  auto document = json::Document::parse(std::string(json));
  if (!document || !document->root().is_object()) {
    return fail(ErrorCode::kCorrupt, fmt::format("{}: not a JSON object", what));
  }
  return document;
}

constexpr std::uint64_t kAny = UINT64_MAX;
constexpr auto kTimeMax = static_cast<std::uint64_t>(INT64_MAX);

}  // namespace

std::string_view name(Layout::State state) {
  return std::ranges::find(kStateNames, state, &StateName::state)->name;
}

Result<Layout> parse_layout(std::string_view json) {
  LAYER_ASSIGN(const auto document, parse_object("layout.json", json));
  Reader reader("layout.json", document.root());
  reader.number("v", kStateVersion, kStateVersion);
  Layout layout;
  layout.schema_version =
      static_cast<std::uint32_t>(reader.number("schema_version", 1, UINT32_MAX));
  layout.shard_count =
      static_cast<std::uint32_t>(reader.number("shard_count", 0, kLayoutShardsMax));
  layout.migrated = reader.number("migrated", 0, kAny);
  layout.incarnation = reader.number("incarnation", 0, kAny);
  layout.cursor = reader.text("cursor", "");
  layout.started_at_ms = static_cast<std::int64_t>(reader.number("started_at", 0, kTimeMax));
  if (const auto at = reader.number("completed_at", 0, kTimeMax); at > 0) {
    layout.completed_at_ms = static_cast<std::int64_t>(at);
  }
  layout.reshard = reader.flag("reshard", false);
  layout.stamps_rows = reader.flag("stamps_rows", true);
  const auto scatter = reader.text("scatter", "all");
  layout.scatter_queries = scatter == "all";
  if (scatter != "all" && scatter != "scans") {
    reader.complain("scatter");
  }
  const auto* state =
      std::ranges::find(kStateNames, reader.text("state", "unsharded"), &StateName::name);
  if (state == std::end(kStateNames)) {
    reader.complain("state");
  } else {
    layout.state = state->state;
  }
  if (reader.fault()) {
    return std::unexpected(*reader.fault());
  }
  return layout;
}

std::string print_layout(const Layout& layout) {
  json::Writer out;
  out.begin_object()
      .member("v", kStateVersion)
      .member("schema_version", layout.schema_version)
      .member("shard_count", layout.shard_count)
      .member("scatter", layout.scatter_queries ? "all" : "scans")
      .member("state", name(layout.state))
      .member("cursor", layout.cursor)
      .member("migrated", layout.migrated)
      .member("started_at", layout.started_at_ms)
      .key("completed_at");
  layout.completed_at_ms ? out.value(*layout.completed_at_ms) : out.null();
  out.member("incarnation", layout.incarnation)
      .member("reshard", layout.reshard)
      .member("stamps_rows", layout.stamps_rows)
      .end_object();
  return std::move(out).take();
}

Result<Tombstone> parse_tombstone(std::string_view json) {
  LAYER_ASSIGN(const auto document, parse_object("tombstone.json", json));
  Reader reader("tombstone.json", document.root());
  reader.number("v", kStateVersion, kStateVersion);
  Tombstone tombstone;
  tombstone.incarnation = reader.number("incarnation", 0, kAny);
  tombstone.deleted_at_ms = static_cast<std::int64_t>(
      reader.number("deleted_at", 0, static_cast<std::uint64_t>(INT64_MAX)));
  if (reader.fault()) {
    return std::unexpected(*reader.fault());
  }
  return tombstone;
}

std::string print_tombstone(const Tombstone& tombstone) {
  json::Writer out;
  out.begin_object()
      .member("v", kStateVersion)
      .member("incarnation", tombstone.incarnation)
      .member("deleted_at", tombstone.deleted_at_ms)
      .end_object();
  return std::move(out).take();
}

std::string layout_key(std::string_view ns) {
  return fmt::format("namespaces/{}/layout.json", ns);
}

std::string tombstone_key(std::string_view ns) {
  return fmt::format("namespaces/{}/tombstone.json", ns);
}

bool is_namespace_name(std::string_view ns) {
  constexpr auto kAllowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !ns.empty() && ns.size() <= core::limits::namespace_name_bytes_max && ns != "." &&
         ns != ".." && std::ranges::all_of(ns, kAllowed);
}

}  // namespace layer::features::namespaces
