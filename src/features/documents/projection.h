// The attributes of a row that a caller gets (rule G1 of the contract), cut out of its bytes.
// Thread safety: immutable once made; pure otherwise.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace layer::features::documents {

class Projection {
 public:
  // Everything but reserved attributes.
  Projection() = default;
  // These alone.
  explicit Projection(const std::vector<std::string>& names)
      : all_(false), names_(names.begin(), names.end()) {}

  // Appends the object `row` with the members that are asked for, each as it is written. False,
  // with nothing appended: `row` is not one JSON object. Cost: one copy when the row has nothing to
  // hide, else one pass and one copy.
  bool append(std::string& out, std::string_view row) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  bool wants(std::string_view name) const;

  bool all_ = true;
  std::unordered_set<std::string, Hash, std::equal_to<>> names_;
};

}  // namespace layer::features::documents
