// Helpers of the tests in this folder: a catalog over any file system, requests as JSON text, and
// the whole content of a namespace as something that compares and prints well.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/namespace/catalog.h"
#include "engine/storage/file_system.h"
#include "json/document.h"
#include "wire/schema_input.h"
#include "wire/write.h"

namespace layer::engine::ns::testing {

// {"1": "n=3 tags=[a,b]", ...}: attributes by name, ascending.
using Content = std::map<std::string, std::string>;

struct Printer {
  std::string operator()(const wire::Null&) const { return "null"; }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(std::uint64_t v) const { return std::to_string(v); }
  std::string operator()(std::uint8_t v) const { return v != 0 ? "true" : "false"; }
  std::string operator()(double v) const { return fmt::format("{}", v); }
  std::string operator()(float v) const { return fmt::format("{}", v); }
  std::string operator()(const std::string& v) const { return v; }
  std::string operator()(const wire::Uuid& v) const { return wire::to_string(v); }
  std::string operator()(const wire::Datetime& v) const { return wire::to_string(v); }
  std::string operator()(const wire::Bytes& v) const { return v.data; }
  std::string operator()(const wire::EmptyArray&) const { return "[]"; }
  std::string operator()(const wire::DenseVector& v) const { return (*this)(v.elements); }
  std::string operator()(const wire::MultiVector& v) const { return (*this)(v.elements); }
  std::string operator()(const std::pair<std::string, float>& v) const {
    return v.first + ":" + (*this)(v.second);
  }
  std::string operator()(const wire::SparseVector& v) const { return (*this)(v.entries); }
  template <class T>
  std::string operator()(const std::vector<T>& values) const {
    std::string text = "[";
    for (const T& value : values) {
      text += (text.size() > 1 ? "," : "") + (*this)(value);
    }
    return text + "]";
  }
};

inline std::string print(const wire::Value& value) {
  return std::visit(Printer{}, value);
}

inline Content content(const Snapshot& snapshot) {
  Content all;
  for (const SegmentView& view : snapshot.segments) {
    for (DocId doc = 0; doc < view.segment->size(); ++doc) {
      if (view.deleted->contains(doc)) {
        continue;
      }
      Row row;
      const auto read = view.segment->read_row(doc, std::nullopt, row);
      EXPECT_TRUE(read.has_value()) << read.error().message;
      std::map<std::string, std::string> fields;
      for (const Field& field : row.fields) {
        const wire::Attribute& attribute = snapshot.schema->at(field.attr);
        if (!attribute.dropped()) {
          fields[attribute.name] = print(field.value);
        }
      }
      std::string text;
      for (const auto& [name, value] : fields) {
        text += (text.empty() ? "" : " ") + name + "=" + value;
      }
      const bool once = all.emplace(wire::to_string(view.segment->id(doc)), text).second;
      EXPECT_TRUE(once) << "document " << wire::to_string(view.segment->id(doc))
                        << " is live in two segments";
    }
  }
  EXPECT_EQ(all.size(), snapshot.documents());
  return all;
}

class TestCatalog {
 public:
  explicit TestCatalog(storage::FileSystem& files, CatalogOptions options = {})
      : files_(files), options_(std::move(options)) {
    if (options_.directory.empty()) {
      options_.directory = "/engine";
    }
    reopen();
  }

  // As after a crash: nothing is handed over but the files.
  void reopen() {
    catalog_.reset();
    auto opened = Catalog::open(options_, files_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    catalog_ = std::move(*opened);
  }
  void close() { catalog_.reset(); }

  Catalog& operator*() { return *catalog_; }
  Catalog* operator->() { return catalog_.get(); }

  Result<wire::WriteResponse> try_write(std::string_view name, std::string body) {
    LAYER_ASSIGN(wire::WriteRequest request, wire::parse_write(std::move(body)));
    return catalog_->write(name, std::move(request));
  }
  wire::WriteResponse write(std::string_view name, std::string body) {
    auto done = try_write(name, std::move(body));
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return done ? std::move(*done) : wire::WriteResponse{};
  }
  // The error's message, or an empty text.
  std::string refusal(std::string_view name, std::string body) {
    auto done = try_write(name, std::move(body));
    return done ? "" : done.error().message;
  }
  Result<std::shared_ptr<const wire::Schema>> update_schema(std::string_view name,
                                                            std::string body) {
    LAYER_ASSIGN(const json::Document document, json::Document::parse(std::move(body)));
    LAYER_ASSIGN(const wire::SchemaInput input,
                 wire::parse_schema_input(document.root(), json::Path()));
    return catalog_->update_schema(name, input);
  }
  Content content(std::string_view name) {
    auto snapshot = catalog_->snapshot(name);
    EXPECT_TRUE(snapshot.has_value()) << snapshot.error().message;
    return snapshot ? testing::content(**snapshot) : Content{};
  }
  bool exists(std::string_view name) { return catalog_->metadata(name).has_value(); }

 private:
  storage::FileSystem& files_;
  CatalogOptions options_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace layer::engine::ns::testing
