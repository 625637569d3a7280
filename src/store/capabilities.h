// What a store can do, by the feature ids of the contract (3.2, P2). A feature that a store
// declares unsupported is refused before any call; one declared supported never is. Thread safety:
// plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace layer::store {

enum class Support : std::uint8_t { kSupported, kApproximate, kUnsupported, kUndeclared };
std::string_view name(Support support);

struct FeatureInfo {
  std::string_view id;     // "delete_by_filter"
  std::string_view label;  // for people
  std::string_view page;   // the page of the reference that explains it
};

// Every feature id, in the order of the contract.
std::span<const FeatureInfo> feature_table();
std::optional<std::size_t> find_feature(std::string_view id);

class Capabilities {
 public:
  // Everything undeclared.
  Capabilities();
  // Precondition: `id` is in the table.
  Capabilities& declare(std::string_view id, Support support, std::string_view note = {});
  Support support(std::string_view id) const;
  std::string_view note(std::string_view id) const;

 private:
  static constexpr std::size_t kFeaturesMax = 64;
  struct Entry {
    Support support = Support::kUndeclared;
    std::string_view note{};  // a literal
  };
  std::array<Entry, kFeaturesMax> entries_;
};

}  // namespace layer::store
