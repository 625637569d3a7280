// Which attributes of a namespace the gateway embeds, with what and where to: the object
// namespaces/{ns}/embedding.json (docs/formats/embedding.md). Thread safety: values, pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/chunking/chunk_rule.h"
#include "features/embed/model_spec.h"

namespace layer::features::embed {

inline constexpr std::size_t kProfilesMax = 16;  // of one namespace
inline constexpr std::uint32_t kProfileVersion = 1;

struct Profile {
  // Pending from before the write that declares it reaches the store until its outcome is known.
  enum class State : std::uint8_t { kPending, kActive };

  std::string attribute;  // whose text is embedded
  std::string model;
  std::uint32_t dims = 0;
  std::string target;  // the column of the vectors
  std::string revision{};
  std::string document_instruction{};
  std::string query_instruction{};
  Modality modality = Modality::kText;
  std::optional<chunking::ChunkRule> chunk{};  // rows are of chunks then
  State state = State::kPending;
  std::string write_id{};  // of the write that declared it
  std::uint64_t incarnation =
      0;  // of the namespace; for another one's writes it counts for nothing

  bool is_chunked() const { return chunk.has_value(); }
  // Says the same of the same attribute, whatever has become of it.
  bool same_as(const Profile& other) const;
  bool operator==(const Profile&) const = default;
};
constexpr std::string_view name(Profile::State state) {
  return state == Profile::State::kPending ? "pending" : "active";
}
using Profiles = std::vector<Profile>;

const Profile* find_source(const Profiles& profiles, std::string_view attribute);
const Profile* find_target(const Profiles& profiles, std::string_view target);

// Errors: kCorrupt with what is wrong; unknown members are ignored.
Result<Profiles> parse_profiles(std::string text);
std::string print_profiles(const Profiles& profiles);

std::string profiles_key(std::string_view ns);

}  // namespace layer::features::embed
