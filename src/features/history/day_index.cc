#include "features/history/day_index.h"

#include "http/zstd.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::history {
namespace {

constexpr std::uint64_t kIndexBytesMax = std::uint64_t{64} << 20;

std::unexpected<Error> corrupt() {
  return fail(ErrorCode::kCorrupt, "the index of a day of search history is damaged");
}

void put_names(json::Writer& out, std::string_view name,
               const std::set<std::string, std::less<>>& names) {
  out.key(name).begin_array();
  for (const std::string& each : names) {
    out.value(each);
  }
  out.end_array();
}

bool take_names(const json::Object& object, std::string_view name,
                std::set<std::string, std::less<>>& names) {
  json::Array array;
  if (object[name].get(array) != simdjson::SUCCESS) {
    return false;
  }
  for (const json::Value each : array) {
    std::string_view text;
    if (each.get(text) != simdjson::SUCCESS) {
      return false;
    }
    names.emplace(text);
  }
  return true;
}

}  // namespace

bool DayIndex::counts(const Segment& segment, std::string_view day_prefix) const {
  const std::string_view name = short_name(segment.key, day_prefix);
  return segment.compacted ? segments.contains(name) : !replaced.contains(name);
}

std::string print_day_index(const DayIndex& index) {
  json::Writer out;
  out.begin_object();
  out.member("v", 1);
  out.member("committed_ms", index.committed_ms);
  put_names(out, "segments", index.segments);
  put_names(out, "replaced", index.replaced);
  out.end_object();
  return http::zstd(out.text());
}

Result<DayIndex> parse_day_index(std::string_view bytes) {
  auto text = http::unzstd(bytes, kIndexBytesMax);
  if (!text) {
    return corrupt();
  }
  const auto document = json::Document::parse(std::move(*text));
  json::Object object;
  if (!document || document->root().get(object) != simdjson::SUCCESS) {
    return corrupt();
  }
  DayIndex index;
  std::uint64_t version = 0;
  if (object["v"].get(version) != simdjson::SUCCESS || version != 1 ||
      object["committed_ms"].get(index.committed_ms) != simdjson::SUCCESS ||
      !take_names(object, "segments", index.segments) ||
      !take_names(object, "replaced", index.replaced)) {
    return corrupt();
  }
  return index;
}

async::Task<Result<DayIndex>> read_day_index(objects::ObjectStore& objects, std::string ns,
                                             std::int64_t day) {
  auto object = co_await objects.get(index_key(ns, day));
  if (!object) {
    if (object.error().code == ErrorCode::kNotFound) {
      co_return DayIndex{};
    }
    co_return std::unexpected(std::move(object).error());
  }
  LAYER_CO_ASSIGN(DayIndex index, parse_day_index(object->bytes));
  index.etag = std::move(object->etag);
  co_return index;
}

async::Task<Result<std::vector<objects::ListedObject>>> list_all(objects::ObjectStore& objects,
                                                                 std::string prefix) {
  std::vector<objects::ListedObject> all;
  for (std::string after;;) {
    LAYER_CO_ASSIGN(objects::Listing listing,
                    co_await objects.list(prefix, after, objects::kListMax));
    for (auto& object : listing.objects) {
      all.push_back(std::move(object));
    }
    if (!listing.more || all.empty()) {
      co_return all;
    }
    after = all.back().key;
  }
}

}  // namespace layer::features::history
