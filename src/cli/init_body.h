// What `layer init` asks for, from its flags and the environment. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace layer::cli {

// Where neither --shards nor LAYER_SHARD_COUNT says otherwise.
inline constexpr std::uint32_t kShardCountProposed = 16;
// The value of --shards that leaves a namespace in one piece.
inline constexpr const char* kNoShards = "none";

// Texts as they were given; empty: not given.
struct InitFlags {
  std::string shards{};
  std::string shards_of_environment{};
  std::string schema_version{};
  std::string scatter{};
  bool reshard = false;
};

// The body of POST .../init. What is no number is the server's to refuse, like numbers out of
// range.
std::string init_body(const InitFlags& flags);

}  // namespace layer::cli
