#include "features/snapshots/checkpoints.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "json/document.h"

namespace layer::features::snapshots {
namespace {

std::string key_of(std::string_view ns, std::string_view label) {
  return fmt::format("{}{}.json", checkpoints_prefix(ns), label);
}

std::string print(const Checkpoint& checkpoint) {
  json::Writer out;
  out.begin_object().member("v", 1).member("namespace", checkpoint.ns);
  out.member("label", checkpoint.label).member("key", checkpoint.key);
  out.member("sha", checkpoint.sha).member("watermark_ms", checkpoint.watermark_ms);
  if (checkpoint.row_count) {
    out.member("row_count", *checkpoint.row_count);
  }
  out.member("created_at", checkpoint.created_at_ms).end_object();
  return std::move(out).take();
}

Result<Checkpoint> parse(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  json::Object object;
  std::string_view ns;
  std::string_view label;
  std::string_view key;
  std::string_view sha;
  Checkpoint checkpoint;
  if (!document || document->root().get(object) != simdjson::SUCCESS ||
      object.at_key("namespace").get(ns) != simdjson::SUCCESS ||
      object.at_key("label").get(label) != simdjson::SUCCESS ||
      object.at_key("key").get(key) != simdjson::SUCCESS ||
      object.at_key("sha").get(sha) != simdjson::SUCCESS ||
      object.at_key("watermark_ms").get(checkpoint.watermark_ms) != simdjson::SUCCESS ||
      object.at_key("created_at").get(checkpoint.created_at_ms) != simdjson::SUCCESS) {
    return fail(ErrorCode::kCorrupt, "a checkpoint is damaged");
  }
  std::uint64_t rows = 0;
  if (object.at_key("row_count").get(rows) == simdjson::SUCCESS) {
    checkpoint.row_count = rows;
  }
  checkpoint.ns = ns;
  checkpoint.label = label;
  checkpoint.key = key;
  checkpoint.sha = sha;
  return checkpoint;
}

}  // namespace

std::string checkpoints_prefix(std::string_view ns) {
  return fmt::format("checkpoints/{}/", ns);
}

bool is_label(std::string_view label) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !label.empty() && label.size() <= kLabelBytesMax && label != "." && label != ".." &&
         std::ranges::all_of(label, allowed);
}

void put_checkpoint(json::Writer& out, const Checkpoint& checkpoint) {
  out.begin_object().member("namespace", checkpoint.ns).member("label", checkpoint.label);
  out.member("watermark_ms", checkpoint.watermark_ms).member("sha", checkpoint.sha);
  out.key("row_count");
  if (checkpoint.row_count) {
    out.value(*checkpoint.row_count);
  } else {
    out.null();
  }
  out.member("created_at", checkpoint.created_at_ms).end_object();
}

async::Task<Result<Checkpoint>> Checkpoints::create(std::string ns, std::uint64_t incarnation,
                                                    std::string label) {
  LAYER_CO_ASSIGN(const auto found, co_await store_.find(ns, incarnation, {}));
  Checkpoint checkpoint{
      .ns = ns,
      .label = label,
      .key = body_key(ns, found.body->watermark_ms, found.body->sha),
      .sha = found.body->sha,
      .watermark_ms = found.watermark_ms,
      .row_count = found.body->row_count,
      .created_at_ms = clock_.wall_ms(),
  };
  const auto put = co_await store_.objects().put(key_of(ns, label), print(checkpoint),
                                                 objects::Condition::absent());
  if (!put) {
    co_return put.error().code == ErrorCode::kConflict
        ? fail(ErrorCode::kConflict, fmt::format("the label '{}' is taken", label))
        : std::unexpected(put.error());
  }
  co_return checkpoint;
}

async::Task<Result<Checkpoint>> Checkpoints::get(std::string ns, std::string label) {
  auto object = co_await store_.objects().get(key_of(ns, label));
  if (!object) {
    co_return object.error().code == ErrorCode::kNotFound
        ? fail(ErrorCode::kNotFound, fmt::format("there is no checkpoint '{}'", label))
        : std::unexpected(std::move(object).error());
  }
  co_return parse(std::move(object->bytes));
}

async::Task<Result<void>> Checkpoints::remove(std::string ns, std::string label) {
  LAYER_CO_TRY(co_await get(ns, label));
  co_return co_await store_.objects().remove(key_of(ns, label));
}

async::Task<Result<std::vector<Checkpoint>>> Checkpoints::list(std::string ns) {
  std::vector<Checkpoint> out;
  std::string after;
  while (out.size() < kCheckpointsMax) {
    LAYER_CO_ASSIGN(const auto listing, co_await store_.objects().list(checkpoints_prefix(ns),
                                                                       after, objects::kListMax));
    for (const auto& listed : listing.objects) {
      auto object = co_await store_.objects().get(listed.key);
      if (!object && object.error().code == ErrorCode::kNotFound) {
        continue;  // removed meanwhile
      }
      if (!object) {
        co_return std::unexpected(std::move(object).error());
      }
      LAYER_CO_ASSIGN(auto checkpoint, parse(std::move(object->bytes)));
      out.push_back(std::move(checkpoint));
    }
    if (!listing.more || listing.objects.empty()) {
      break;
    }
    after = listing.objects.back().key;
  }
  std::ranges::sort(out, [](const Checkpoint& a, const Checkpoint& b) {
    return a.created_at_ms != b.created_at_ms ? a.created_at_ms > b.created_at_ms
                                              : a.label > b.label;
  });
  co_return out;
}

}  // namespace layer::features::snapshots
