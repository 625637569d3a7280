// What must be known of a namespace before its rows can be asked for and told apart: the kind of
// its ids, and which of its attributes are vectors. Dense vectors are declared with the first write
// and for good, so a shape ages only when the namespace is made anew; sparse and multi-vectors that
// come later are known by how they are written (an object, an array of arrays).
// Thread safety: immutable once made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/error.h"
#include "features/namespaces/store_metadata.h"
#include "wire/id.h"

namespace layer::features::documents {

class Shape {
 public:
  // Errors: kUpstream (the metadata does not tell the kind of ids).
  static Result<Shape> make(const namespaces::StoreMetadata& metadata);

  wire::IdType id_type() const { return id_type_; }
  bool is_vector(std::string_view attribute) const { return has(vectors_, attribute); }
  // False for an attribute that came after the shape was read.
  bool knows(std::string_view attribute) const { return has(others_, attribute); }
  // The member of a query that leaves the vectors out of its rows.
  const std::string& projection_json() const { return projection_json_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Names = std::unordered_set<std::string, Hash, std::equal_to<>>;
  static bool has(const Names& names, std::string_view name) { return names.contains(name); }

  wire::IdType id_type_ = wire::IdType::kUint;
  Names vectors_;
  Names others_;
  std::string projection_json_;
};

using ShapePtr = std::shared_ptr<const Shape>;

}  // namespace layer::features::documents
