#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/vector/calibrate.h"
#include "engine/vector/codes.h"
#include "engine/vector/index.h"
#include "engine/vector/index_format.h"
#include "engine/vector/k_means.h"
#include "engine/vector/prepare.h"
#include "engine/vector/random.h"
#include "engine/vector/scan_kernels.h"

namespace layer::engine::vector {
namespace {

constexpr std::size_t kSampleBytesMax = 256U << 20;
constexpr std::size_t kChunk = 4096;
// Candidates for a document's second list.
constexpr std::size_t kNearLists = 16;

std::uint32_t list_count(std::size_t documents) {
  const double root = std::sqrt(static_cast<double>(documents));
  const char* knob = getenv("LISTS");
  if (knob) {
    return static_cast<std::uint32_t>(atoi(knob));
  }
  return static_cast<std::uint32_t>(std::clamp(std::round(4 * root), 1.0, 65536.0));
}

class Builder {
 public:
  Builder(const VectorView& column, DistanceMetric metric, const BuildOptions& options)
      : column_(column),
        options_(options),
        preparer_(metric, column.dims, options.seed),
        padded_(preparer_.padded()),
        residual_(padded_) {
    header_.metric = static_cast<std::uint8_t>(metric);
    header_.element = static_cast<std::uint8_t>(column.element);
    header_.dims = column.dims;
    header_.rows = column.count;
    header_.seed = options.seed;
  }

  std::vector<std::byte> build(const DocSet& present) {
    sort_out(present);
    train();
    assign_documents();
    return write();
  }

 private:
  // Splits the documents into those with a place among the codes and the rest.
  void sort_out(const DocSet& present) {
    std::vector<float> scratch(padded_);
    present.for_each([&](DocId doc) {
      if (doc < column_.count) {
        (preparer_.prepare(column_, doc, {}, scratch) ? documents_ : outliers_).push_back(doc);
      }
    });
  }

  void train() {
    const std::uint32_t lists = list_count(documents_.size());
    const std::size_t fitting =
        std::max<std::size_t>(kSampleBytesMax / (padded_ * sizeof(float)), 1);
    const std::size_t wanted = std::min({documents_.size(), std::size_t{lists} * 64, fitting});
    std::vector<DocId> sample = documents_;
    Random random(options_.seed);
    for (std::size_t i = 0; i < wanted; ++i) {
      std::swap(sample[i], sample[i + random.below(sample.size() - i)]);
    }
    sample.resize(wanted);
    std::ranges::sort(sample);
    std::vector<float> points(wanted * padded_);
    prepare(sample, {}, points);
    mean_.assign(padded_, 0);
    std::vector<double> sums(padded_, 0);
    for (std::size_t i = 0; i < points.size(); ++i) {
      sums[i % padded_] += points[i];
    }
    for (std::size_t dim = 0; dim < padded_ && wanted > 0; ++dim) {
      mean_[dim] = static_cast<float>(sums[dim] / static_cast<double>(wanted));
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i] -= mean_[i % padded_];
    }
    if (wanted > 0) {
      centroids_ = k_means(
          points, padded_,
          {.lists = lists, .rounds = 8, .seed = options_.seed, .threads = options_.threads});
    }
    centroids_.padded = padded_;
  }

  void prepare(std::span<const DocId> docs, std::span<const float> mean, std::span<float> out) {
    for (std::size_t i = 0; i < docs.size(); ++i) {
      preparer_.prepare(column_, docs[i], mean, out.subspan(i * padded_, padded_));
    }
  }

  void assign_documents() {
    lists_.resize(documents_.size());
    const std::size_t kept = std::min(kNearLists, centroids_.count());
    std::vector<float> points(kChunk * padded_);
    std::vector<std::uint32_t> nearest(kChunk * kept);
    std::vector<float> values(kChunk * kept);
    for (std::size_t first = 0; first < documents_.size(); first += kChunk) {
      const std::size_t count = std::min(kChunk, documents_.size() - first);
      prepare(std::span(documents_).subspan(first, count), mean_, points);
      assign(points, centroids_, kept, options_.threads, std::span(nearest).first(count * kept),
             std::span(values).first(count * kept));
      for (std::size_t i = 0; i < count; ++i) {
        const auto lists = std::span(nearest).subspan(i * kept, kept);
        lists_[first + i] = {lists[0],
                             second_list(std::span(points).subspan(i * padded_, padded_), lists)};
      }
    }
  }

  // The list, among the nearest ones, whose residual is short and not parallel to the first's: a
  // query that is unlucky with the first list is then rarely unlucky with both. After SOAR (Sun et
  // al., NeurIPS 2023).
  std::uint32_t second_list(std::span<const float> point, std::span<const std::uint32_t> lists) {
    const float* first = centroids_.at(lists[0]);
    float squared = 0;
    float dot_point = 0;
    for (std::size_t i = 0; i < padded_; ++i) {
      residual_[i] = point[i] - first[i];
      squared += residual_[i] * residual_[i];
      dot_point += residual_[i] * point[i];
    }
    if (!(squared > 0) || lists.size() < 2) {
      return lists[0];
    }
    const VectorView view{reinterpret_cast<const std::byte*>(centroids_.values.data()),
                          centroids_.count(), padded_, ElementType::kF32};
    std::array<float, kNearLists> to_residual;
    std::array<float, kNearLists> to_point;
    const QueryDistance residual_distance(DistanceMetric::kEuclideanSquared, residual_);
    const QueryDistance point_distance(DistanceMetric::kEuclideanSquared, point);
    residual_distance.gather(view, lists, std::span(to_residual).first(lists.size()));
    point_distance.gather(view, lists, std::span(to_point).first(lists.size()));
    std::uint32_t best = lists[0];
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t i = 1; i < lists.size(); ++i) {
      const float dot_centroid = centroids_.half_norms[lists[i]] + (squared - to_residual[i]) / 2;
      const float parallel = dot_point - dot_centroid;
      const float cost = to_point[i] + parallel * parallel / squared;
      if (cost < least) {
        least = cost;
        best = lists[i];
      }
    }
    return best;
  }

  std::vector<std::byte> write() {
    const auto lists = static_cast<std::uint32_t>(centroids_.count());
    std::vector<std::uint32_t> sizes(lists, 0);
    for (const ListPair& pair : lists_) {
      ++sizes[pair.primary];
      sizes[pair.secondary] += pair.secondary != pair.primary ? 1 : 0;
    }
    std::vector<std::uint32_t> begin(lists + 1, 0);
    for (std::uint32_t list = 0; list < lists; ++list) {
      begin[list + 1] = begin[list] + (sizes[list] + kBlock - 1) / kBlock;
    }
    header_.lists = lists;
    header_.blocks = begin.back();
    header_.outliers = static_cast<std::uint32_t>(outliers_.size());
    const Layout layout(header_);
    bytes_.resize(layout.total);
    std::memcpy(bytes_.data(), &header_, sizeof(header_));
    put(layout.mean, mean_);
    put(layout.list_begin, begin);
    put(layout.outlier_docs, outliers_);
    write_centroid_codes(layout);
    write_codes(layout, begin);
    header_ = calibrate(header_, bytes_, column_, documents_, lists_);
    std::memcpy(bytes_.data(), &header_, sizeof(header_));
    return std::move(bytes_);
  }

  template <class T>
  void put(std::size_t offset, const std::vector<T>& values) {
    if (!values.empty()) {
      std::memcpy(bytes_.data() + offset, values.data(), values.size() * sizeof(T));
    }
  }

  void write_centroid_codes(const Layout& layout) {
    const std::size_t lists = centroids_.count();
    std::vector<float> factors(3 * lists);
    std::vector<std::int8_t> codes(padded_);
    for (std::size_t list = 0; list < lists; ++list) {
      std::int32_t sum = 0;
      factors[lists + list] = quantise_query(std::span(centroids_.at(list), padded_), codes, sum);
      factors[list] = 2 * centroids_.half_norms[list];
      factors[2 * lists + list] = static_cast<float>(sum);
      std::byte* block = bytes_.data() + layout.centroid_codes +
                         list / kCentroidBlock * kCentroidBlock * padded_ +
                         list % kCentroidBlock * 4;
      for (std::size_t dim = 0; dim < padded_; ++dim) {
        block[dim / 4 * 4 * kCentroidBlock + dim % 4] = static_cast<std::byte>(codes[dim]);
      }
    }
    put(layout.centroid_factors, factors);
  }

  void write_codes(const Layout& layout, const std::vector<std::uint32_t>& begin) {
    std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
    for (auto& slot : next) {
      slot *= kBlock;
    }
    std::vector<DocId> docs(std::size_t{header_.blocks} * kBlock, kNoDoc);
    std::vector<std::uint32_t> doc_list(column_.count, kNoList);
    std::vector<float> point(padded_);
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      const DocId doc = documents_[i];
      const ListPair pair = lists_[i];
      preparer_.prepare(column_, doc, mean_, point);
      doc_list[doc] = pair.primary;
      put_record(point, std::span(centroids_.at(pair.primary), padded_),
                 bytes_.data() + layout.records + doc * record_bytes(padded_));
      const auto put_in = [&](std::uint32_t list) {
        const std::uint32_t slot = next[list]++;
        docs[slot] = doc;
        put_one_bit(point, std::span(centroids_.at(list), padded_),
                    bytes_.data() + layout.codes + slot / kBlock * block_bytes(padded_),
                    slot % kBlock);
      };
      put_in(pair.primary);
      if (pair.secondary != pair.primary) {
        put_in(pair.secondary);
      }
    }
    put(layout.docs, docs);
    put(layout.doc_list, doc_list);
  }

  const VectorView& column_;
  BuildOptions options_;
  Preparer preparer_;
  std::uint32_t padded_;
  Header header_;
  std::vector<DocId> documents_;
  std::vector<DocId> outliers_;
  std::vector<float> mean_;
  Centroids centroids_;
  std::vector<ListPair> lists_;  // of documents_
  std::vector<float> residual_;
  std::vector<std::byte> bytes_;
};

}  // namespace

Result<std::vector<std::byte>> build_index(const VectorView& column, DistanceMetric metric,
                                           const DocSet& present, const BuildOptions& options) {
  return Builder(column, metric, options).build(present);
}

}  // namespace layer::engine::vector
