#include "features/scans/value_lists.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/random.h"

namespace layer::features::scans {
namespace {

// Values that are printed, or merged, at a time.
constexpr std::size_t kPiece = 20'000;

std::string path_of(const ListPlace& place, std::string_view name) {
  return place.job_id + "/" + std::string(name);
}

std::string fresh_name() {
  return "list-" + core::hex(core::random_u64());
}

bool before(ListOrder order, const ValueCount& a, const ValueCount& b) {
  return order == ListOrder::kByRank ? ranks_before(a, b) : a.v < b.v;
}

async::Task<Result<void>> append(const ListPlace& place, spool::ResultWriter& list,
                                 std::span<const ValueCount> values) {
  LAYER_CO_ASSIGN(std::string text, co_await place.pool.run([values] {
    std::string lines;
    for (const ValueCount& value : values) {
      append_value_line(lines, value);
    }
    return lines;
  }));
  co_return co_await list.append(std::move(text), values.size(), {});
}

}  // namespace

async::Task<Result<std::string>> keep_list(const ListPlace& place, std::vector<ValueCount> values,
                                           ListOrder order) {
  LAYER_CO_TRY(co_await place.pool.run([&] {
    std::ranges::sort(
        values, [order](const ValueCount& a, const ValueCount& b) { return before(order, a, b); });
  }));
  std::string name = fresh_name();
  LAYER_CO_ASSIGN(auto list, co_await spool::ResultWriter::open(place.objects, place.pool,
                                                                path_of(place, name), place.epoch));
  for (std::span<const ValueCount> rest = values; !rest.empty();) {
    const std::size_t count = std::min(kPiece, rest.size());
    LAYER_CO_TRY(co_await append(place, list, rest.first(count)));
    rest = rest.subspan(count);
  }
  LAYER_CO_TRY(co_await list.finish());
  co_return name;
}

async::Task<Result<void>> remove_lists(const ListPlace& place, std::vector<std::string> names) {
  for (const std::string& name : names) {
    LAYER_CO_TRY(co_await spool::remove_results(place.objects, path_of(place, name)));
  }
  co_return Result<void>{};
}

MergedLists::MergedLists(const ListPlace& place, std::vector<std::string> names, ListOrder order)
    : place_(place), order_(order) {
  for (const std::string& name : names) {
    sources_.push_back({.path = path_of(place, name)});
  }
}

async::Task<Result<void>> MergedLists::open() {
  for (Source& source : sources_) {
    LAYER_CO_ASSIGN(auto manifest, co_await spool::read_manifest(place_.objects, source.path));
    if (!manifest || !manifest->complete) {
      co_return fail(ErrorCode::kCorrupt, "a list of values that a scan kept is not there");
    }
    source.manifest = std::move(*manifest);
  }
  opened_ = true;
  co_return Result<void>{};
}

async::Task<Result<void>> MergedLists::refill(Source& source) {
  LAYER_CO_ASSIGN(const auto lines,
                  co_await spool::read_lines(place_.objects, place_.pool, source.manifest,
                                             source.read, source.manifest.lines()));
  auto values = co_await place_.pool.run([&lines] { return parse_value_lines(lines.text); });
  if (!values) {
    co_return std::unexpected(std::move(values).error());
  }
  LAYER_CO_ASSIGN(source.values, std::move(*values));
  source.read += lines.count;
  source.at = 0;
  co_return Result<void>{};
}

bool MergedLists::pop(std::vector<ValueCount>& out, std::size_t limit) {
  while (true) {
    Source* first = nullptr;
    for (Source& source : sources_) {
      if (source.dry() && !source.over()) {
        return false;
      }
      if (!source.dry() && (first == nullptr ||
                            before(order_, source.values[source.at], first->values[first->at]))) {
        first = &source;
      }
    }
    if (first == nullptr) {
      return true;
    }
    ValueCount& value = first->values[first->at];
    const bool same = order_ == ListOrder::kByValue && !out.empty() && out.back().v == value.v;
    if (!same && out.size() == limit) {
      return true;
    }
    if (same) {
      out.back().n += value.n;
    } else {
      out.push_back(std::move(value));
    }
    ++first->at;
  }
}

async::Task<Result<std::vector<ValueCount>>> MergedLists::next(std::size_t limit) {
  if (!opened_) {
    LAYER_CO_TRY(co_await open());
  }
  std::vector<ValueCount> out;
  for (bool popped = false; !popped;) {
    for (Source& source : sources_) {
      if (source.dry() && !source.over()) {
        LAYER_CO_TRY(co_await refill(source));
      }
    }
    LAYER_CO_ASSIGN(popped, co_await place_.pool.run([&] { return pop(out, limit); }));
  }
  co_return out;
}

async::Task<Result<std::string>> join_lists(const ListPlace& place,
                                            std::vector<std::string> names) {
  std::string joined = fresh_name();
  LAYER_CO_ASSIGN(auto list, co_await spool::ResultWriter::open(
                                 place.objects, place.pool, path_of(place, joined), place.epoch));
  MergedLists lists(place, names, ListOrder::kByValue);
  while (true) {
    LAYER_CO_ASSIGN(const auto values, co_await lists.next(kPiece));
    if (values.empty()) {
      break;
    }
    LAYER_CO_TRY(co_await append(place, list, values));
  }
  LAYER_CO_TRY(co_await list.finish());
  co_return joined;
}

}  // namespace layer::features::scans
