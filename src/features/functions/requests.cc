#include "features/functions/requests.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/limits.h"
#include "features/documents/ids.h"
#include "features/namespaces/slices.h"
#include "json/members.h"
#include "json/wrong_member.h"

namespace layer::features::functions {
namespace {

using json::Members;
using json::wrong_member;

constexpr char kUuidMark = 'u';
constexpr char kStringMark = 's';
constexpr std::size_t kCursorBytesMax = 1024;
constexpr std::uint64_t kPagesMax = 1'000'000;
constexpr std::uint64_t kSampleRowsMax = 1'000'000;

struct Lease {
  std::uint64_t epoch = 0;
  std::optional<queue::IdKind> kind{};  // of an id that is a text
};

std::optional<Lease> read_lease(std::string_view text) {
  Lease lease;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), lease.epoch);
  const std::string_view rest(read.ptr, text.data() + text.size());
  if (read.ec != std::errc() || lease.epoch == 0 || rest.size() > 1) {
    return std::nullopt;
  }
  if (!rest.empty()) {
    if (rest.front() != kUuidMark && rest.front() != kStringMark) {
      return std::nullopt;
    }
    lease.kind = rest.front() == kUuidMark ? queue::IdKind::kUuid : queue::IdKind::kString;
  }
  return lease;
}

Result<wire::Id> read_item_id(std::string_view json, std::optional<queue::IdKind> kind,
                              std::string_view member) {
  const bool is_text = json.starts_with('"');
  const std::string text = is_text ? namespaces::string_of(json) : std::string(json);
  if (!is_text) {
    kind = queue::IdKind::kUint;
  } else if (!kind) {
    kind = wire::parse_uuid(text) ? queue::IdKind::kUuid : queue::IdKind::kString;
  }
  auto id = documents::read_id(text, static_cast<wire::IdType>(*kind));
  if (!id) {
    return wrong_member(member, "expected the id as it was handed out");
  }
  return std::move(*id);
}

// One item of a report: its members by name, as they were written.
class ItemText {
 public:
  ItemText(std::size_t place, std::string_view text)
      : path_(fmt::format("items[{}]", place)), text_(text) {}

  std::string path(std::string_view name) const { return fmt::format("{}.{}", path_, name); }
  std::string_view raw(std::string_view name) const {
    const std::string_view value = namespaces::raw_member(text_, name);
    return value == "null" ? std::string_view() : value;
  }
  Result<void> check_names(std::initializer_list<std::string_view> more) const {
    if (!text_.starts_with('{')) {
      return wrong_member(path_, "expected an object with namespace and id");
    }
    constexpr std::string_view kCommon[] = {"namespace", "id", "lease"};
    for (const auto& member : namespaces::members_of(text_)) {
      if (std::ranges::find(kCommon, member.name) == std::end(kCommon) &&
          std::ranges::find(more, member.name) == more.end()) {
        return wrong_member(path(member.name.substr(0, 128)), "unknown member");
      }
    }
    return {};
  }
  Result<queue::ItemLease> lease() const {
    const std::string ns = namespaces::string_of(raw("namespace"));
    if (ns.empty() || ns.size() > core::limits::namespace_name_bytes_max) {
      return wrong_member(path("namespace"), "expected the namespace as it was handed out");
    }
    Lease lease;
    if (const std::string_view given = raw("lease"); !given.empty()) {
      const auto read =
          read_lease(given.starts_with('"') ? namespaces::string_of(given) : std::string(given));
      if (!read) {
        return wrong_member(path("lease"), "expected the lease as it was handed out");
      }
      lease = *read;
    }
    LAYER_ASSIGN(const wire::Id id, read_item_id(raw("id"), lease.kind, path("id")));
    return queue::ItemLease{.key = item_key(ns, id), .epoch = lease.epoch};
  }

 private:
  std::string path_;
  std::string_view text_;
};

Result<void> read_worker(Members& members, std::string& worker) {
  LAYER_TRY(members.text("worker_id", worker));
  if (const auto checked = queue::check_worker(worker); !checked) {
    return wrong_member("worker_id", checked.error().message);
  }
  return {};
}

// What all reports have. `read` makes an item of its text.
template <class Item, class Read>
Result<Report<Item>> parse_report(std::string_view body, Read&& read) {
  LAYER_ASSIGN(Members members, Members::parse(body));
  Report<Item> report;
  LAYER_TRY(read_worker(members, report.worker));
  LAYER_TRY(members.flag("report_dispositions", report.dispositions));
  const auto list = members.take("items");
  if (!list || !list->is_array()) {
    return wrong_member("items", "expected a list of items");
  }
  LAYER_TRY(members.end());
  const std::string_view items = namespaces::raw_member(body, "items");
  for (const auto& slice : namespaces::items_of(items)) {
    if (report.items.size() == kReportItemsMax) {
      return wrong_member("items", fmt::format("expected at most {}", kReportItemsMax));
    }
    const ItemText item(report.items.size(), slice.of(items));
    LAYER_ASSIGN(Item one, read(item));
    report.items.push_back(std::move(one));
  }
  return report;
}

Result<std::optional<std::chrono::milliseconds>> read_wait(const ItemText& item) {
  const std::string_view text = item.raw("retry_after_ms");
  if (text.empty()) {
    return std::nullopt;
  }
  std::uint64_t ms = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return wrong_member(item.path("retry_after_ms"), "expected a whole number of milliseconds");
  }
  return std::min(std::chrono::milliseconds(ms), kRetryAfterMax);
}

Result<queue::FailureKind> read_kind(const ItemText& item) {
  const std::string kind = namespaces::string_of(item.raw("kind"));
  if (kind == "transient") {
    return queue::FailureKind::kTransient;
  }
  if (kind == "permanent") {
    return queue::FailureKind::kPermanent;
  }
  if (kind == "throttled") {
    return queue::FailureKind::kThrottled;
  }
  return wrong_member(item.path("kind"), R"(expected "transient", "permanent" or "throttled")");
}

}  // namespace

Result<FunctionAsk> parse_function(std::string_view body) {
  LAYER_ASSIGN(Members members, Members::parse(body));
  FunctionAsk ask;
  LAYER_TRY(members.text("id", ask.id));
  LAYER_TRY(members.object_text("spec", ask.spec));
  if (ask.spec.empty()) {
    return wrong_member("spec", "expected the specification of a function");
  }
  if (bool paused = false; const auto value = members.take("paused")) {
    if (value->get(paused) != simdjson::SUCCESS) {
      return wrong_member("paused", "expected true or false");
    }
    ask.paused = paused;
  }
  LAYER_TRY(members.end());
  return ask;
}

namespace {

// "share" and "max_rows": nothing where neither is there.
Result<std::optional<RowSample>> read_sample(Members& members) {
  std::optional<RowSample> sample;
  if (const auto value = members.take("share")) {
    double share = 0;
    if (value->get(share) != simdjson::SUCCESS || !(share > 0) || share > 1) {
      return wrong_member("share", "expected a number above 0, at most 1");
    }
    sample.emplace().share = share;
  }
  std::size_t rows = 0;
  LAYER_TRY(members.number("max_rows", rows, 1, kSampleRowsMax));
  if (rows > 0) {
    sample = RowSample{.share = sample ? sample->share : 1, .rows_max = rows};
  }
  return sample;
}

}  // namespace

Result<DiscoverAsk> parse_discover(std::string_view body) {
  LAYER_ASSIGN(Members members, Members::parse(body.empty() ? "{}" : body));
  DiscoverAsk ask;
  if (const auto list = members.take("namespaces")) {
    json::Array names;
    if (list->get(names) != simdjson::SUCCESS || names.size() > kTargetsMax) {
      return wrong_member("namespaces", fmt::format("expected a list of at most {}", kTargetsMax));
    }
    for (const json::Value name : names) {
      std::string_view text;
      if (name.get(text) != simdjson::SUCCESS || text.empty()) {
        return wrong_member("namespaces", "expected names of namespaces");
      }
      ask.namespaces.emplace_back(text);
    }
  }
  LAYER_TRY(members.number("page_size", ask.page_rows, 1, kSweepPageRows));
  if (std::size_t pages = 0; true) {
    LAYER_TRY(members.number("max_pages", pages, 1, kPagesMax));
    ask.pages_max = pages == 0 ? std::nullopt : std::optional(pages);
  }
  if (std::string cursor; true) {
    LAYER_TRY(members.text("cursor", cursor));
    if (cursor.size() > kCursorBytesMax) {
      return wrong_member("cursor", "is no cursor of a sweep");
    }
    ask.cursor = cursor.empty() ? std::nullopt : std::optional(std::move(cursor));
  }
  LAYER_ASSIGN(ask.sample, read_sample(members));
  LAYER_TRY(members.end());
  return ask;
}

Result<WorkAsk> parse_work(std::string_view body) {
  LAYER_ASSIGN(Members members, Members::parse(body));
  WorkAsk ask;
  LAYER_TRY(read_worker(members, ask.worker));
  LAYER_TRY(members.number("limit", ask.limit, 1, kClaimItemsMax));
  std::uint64_t seconds = 0;
  LAYER_TRY(members.number("lease_seconds", seconds, 5, 7200));
  if (seconds > 0) {
    ask.lease_for = std::chrono::seconds(seconds);
  }
  LAYER_TRY(members.end());
  return ask;
}

Result<Report<queue::ItemLease>> parse_beats(std::string_view body) {
  return parse_report<queue::ItemLease>(body, [](const ItemText& item) -> Result<queue::ItemLease> {
    LAYER_TRY(item.check_names({}));
    return item.lease();
  });
}

Result<Report<Completion>> parse_completions(std::string_view body, const FunctionSpec& spec) {
  return parse_report<Completion>(body, [&](const ItemText& item) -> Result<Completion> {
    LAYER_TRY(item.check_names({"vector", "vectors", "attributes"}));
    Completion done;
    LAYER_ASSIGN(done.lease, item.lease());
    done.attributes = item.raw("attributes");
    done.vectors = item.raw("vectors");
    const std::string_view vector = item.raw("vector");
    if (!vector.empty() && !done.vectors.empty()) {
      return wrong_member(item.path("vector"), "give either vector or vectors");
    }
    if (!vector.empty()) {
      done.vectors = fmt::format(R"({{"{}":{}}})", spec.vector_attribute, vector);
    }
    return done;
  });
}

Result<Report<queue::ItemFailure>> parse_failures(std::string_view body) {
  return parse_report<queue::ItemFailure>(
      body, [](const ItemText& item) -> Result<queue::ItemFailure> {
        LAYER_TRY(item.check_names({"kind", "message", "retry_after_ms"}));
        queue::ItemFailure failure;
        LAYER_ASSIGN(failure.lease, item.lease());
        LAYER_ASSIGN(failure.kind, read_kind(item));
        failure.message = namespaces::string_of(item.raw("message"));
        LAYER_ASSIGN(const auto wait, read_wait(item));
        failure.retry_after = wait.value_or(kRetryAfterDefault);
        return failure;
      });
}

std::string print_lease(const queue::ItemKey& key, std::uint64_t epoch) {
  std::string lease = std::to_string(epoch);
  if (key.id_kind != queue::IdKind::kUint) {
    lease += key.id_kind == queue::IdKind::kUuid ? kUuidMark : kStringMark;
  }
  return lease;
}

}  // namespace layer::features::functions
