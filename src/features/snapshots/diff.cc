#include "features/snapshots/diff.h"

#include <algorithm>
#include <utility>

#include "json/writer.h"

namespace layer::features::snapshots {
namespace {

using Change = FieldDiff::Change;

void order(std::vector<Change>& changes, std::size_t limit, bool& truncated) {
  std::ranges::sort(changes, [](const Change& a, const Change& b) {
    return a.delta() != b.delta() ? a.delta() > b.delta() : a.v < b.v;
  });
  if (changes.size() > limit) {
    changes.resize(limit);
    truncated = true;
  }
}

void put_values(json::Writer& out, std::string_view name, const std::vector<Change>& changes) {
  out.key(name).begin_array();
  for (const Change& change : changes) {
    out.begin_object().member("v", change.v).member("n", change.delta()).end_object();
  }
  out.end_array();
}

void put_changes(json::Writer& out, std::string_view name, const std::vector<Change>& changes) {
  out.key(name).begin_array();
  for (const Change& change : changes) {
    out.begin_object().member("v", change.v);
    out.member("from", change.from).member("to", change.to);
    out.key("delta");
    if (change.to < change.from) {
      out.raw('-' + std::to_string(change.delta()));
    } else {
      out.value(change.delta());
    }
    out.end_object();
  }
  out.end_array();
}

void put_side(json::Writer& out, std::string_view name, const Side& side) {
  out.key(name).begin_object();
  out.member("sha", side.body.sha).member("watermark_ms", side.watermark_ms);
  out.end_object();
}

void put_field(json::Writer& out, const FieldCounts& from, const FieldCounts& to,
               std::size_t limit) {
  const FieldDiff changes = diff(from, to, limit);
  put_values(out, "appeared", changes.appeared);
  put_values(out, "vanished", changes.vanished);
  put_changes(out, "grown", changes.grown);
  put_changes(out, "shrunk", changes.shrunk);
  out.member("unchanged", changes.unchanged).member("truncated", changes.truncated);
}

void put_missing(json::Writer& out, std::string_view name, const Body& in, const Body& other) {
  out.key(name).begin_array();
  for (const FieldCounts& field : in.fields) {
    if (other.find(field.name) == nullptr) {
      out.value(field.name);
    }
  }
  out.end_array();
}

}  // namespace

FieldDiff diff(const FieldCounts& from, const FieldCounts& to, std::size_t limit) {
  FieldDiff out;
  auto a = from.values.begin();
  auto b = to.values.begin();
  while (a != from.values.end() || b != to.values.end()) {
    if (b == to.values.end() || (a != from.values.end() && a->v < b->v)) {
      out.vanished.push_back({.v = a->v, .from = a->n, .to = 0});
      ++a;
    } else if (a == from.values.end() || b->v < a->v) {
      out.appeared.push_back({.v = b->v, .from = 0, .to = b->n});
      ++b;
    } else {
      if (a->n == b->n) {
        ++out.unchanged;
      } else {
        (a->n < b->n ? out.grown : out.shrunk).push_back({.v = a->v, .from = a->n, .to = b->n});
      }
      ++a;
      ++b;
    }
  }
  for (auto* changes : {&out.appeared, &out.vanished, &out.grown, &out.shrunk}) {
    order(*changes, limit, out.truncated);
  }
  return out;
}

std::string print_diff(const Side& from, const Side& to, std::string_view field,
                       std::size_t limit) {
  json::Writer out;
  out.begin_object().member("namespace", to.body.ns).member("field", field);
  put_side(out, "from", from);
  put_side(out, "to", to);
  put_field(out, *from.body.find(field), *to.body.find(field), limit);
  out.end_object();
  return std::move(out).take();
}

std::string print_diff(const Side& from, const Side& to, std::size_t limit) {
  json::Writer out;
  out.begin_object().member("namespace", to.body.ns);
  put_side(out, "from", from);
  put_side(out, "to", to);
  out.key("fields").begin_array();
  for (const FieldCounts& field : from.body.fields) {
    if (const FieldCounts* other = to.body.find(field.name)) {
      out.begin_object().member("field", field.name);
      put_field(out, field, *other, limit);
      out.end_object();
    }
  }
  out.end_array();
  put_missing(out, "only_from", from.body, to.body);
  put_missing(out, "only_to", to.body, from.body);
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::features::snapshots
