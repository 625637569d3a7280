#include <algorithm>
#include <cmath>
#include <cstring>

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

// How far searches reach for kTargets, measured on sentence embeddings.
constexpr std::array<float, kTargets.size()> kReach = {0.9F, 1.0F,  1.05F, 1.12F,
                                                       1.2F, 1.25F, 1.35F, 1.5F};

std::uint32_t list_count(std::size_t documents) {
  const double root = std::sqrt(static_cast<double>(documents));
  return static_cast<std::uint32_t>(std::clamp(std::round(4 * root), 1.0, 65536.0));
}

class Builder {
 public:
  Builder(const VectorView& column, DistanceMetric metric, const BuildOptions& options)
      : column_(column),
        options_(options),
        preparer_(metric, column.dims, options.seed),
        padded_(preparer_.padded()) {
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
    std::vector<float> points(kChunk * padded_);
    std::vector<float> values(kChunk);
    for (std::size_t first = 0; first < documents_.size(); first += kChunk) {
      const std::size_t count = std::min(kChunk, documents_.size() - first);
      prepare(std::span(documents_).subspan(first, count), mean_, points);
      assign(points, centroids_, options_.threads, std::span(lists_).subspan(first, count),
             std::span(values).first(count));
    }
  }

  std::vector<std::byte> write() {
    const auto lists = static_cast<std::uint32_t>(centroids_.count());
    std::vector<std::uint32_t> sizes(lists, 0);
    for (std::uint32_t list : lists_) {
      ++sizes[list];
    }
    std::vector<std::uint32_t> begin(lists + 1, 0);
    for (std::uint32_t list = 0; list < lists; ++list) {
      begin[list + 1] = begin[list] + (sizes[list] + kBlock - 1) / kBlock;
    }
    header_.lists = lists;
    header_.blocks = begin.back();
    header_.outliers = static_cast<std::uint32_t>(outliers_.size());
    header_.slack = 0.03F;
    header_.reach = kReach;
    const Layout layout(header_);
    bytes_.resize(layout.total);
    std::memcpy(bytes_.data(), &header_, sizeof(header_));
    put(layout.mean, mean_);
    put(layout.centroids, centroids_.values);
    put(layout.list_begin, begin);
    put(layout.outlier_docs, outliers_);
    write_centroid_codes(layout);
    std::vector<std::uint32_t> block_list(header_.blocks);
    for (std::uint32_t list = 0; list < lists; ++list) {
      std::fill(block_list.begin() + begin[list], block_list.begin() + begin[list + 1], list);
    }
    put(layout.block_list, block_list);
    write_codes(layout, begin);
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
    std::vector<std::uint32_t> doc_slot(column_.count, kNoSlot);
    std::vector<float> point(padded_);
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      const DocId doc = documents_[i];
      const std::uint32_t slot = next[lists_[i]]++;
      docs[slot] = doc;
      doc_slot[doc] = slot;
      preparer_.prepare(column_, doc, mean_, point);
      const std::span centroid(centroids_.at(lists_[i]), padded_);
      put_one_bit(point, centroid,
                  bytes_.data() + layout.codes + slot / kBlock * block_bytes(padded_),
                  slot % kBlock);
      put_record(point, centroid, bytes_.data() + layout.records + slot * record_bytes(padded_));
    }
    put(layout.docs, docs);
    put(layout.doc_slot, doc_slot);
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
  std::vector<std::uint32_t> lists_;  // of documents_
  std::vector<std::byte> bytes_;
};

}  // namespace

Result<std::vector<std::byte>> build_index(const VectorView& column, DistanceMetric metric,
                                           const DocSet& present, const BuildOptions& options) {
  return Builder(column, metric, options).build(present);
}

}  // namespace layer::engine::vector
