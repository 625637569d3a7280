// Where a set of ours lives in Aerospike, whose sets are few (4095, 1023 in older servers), whose
// names are short (63 bytes) and whose names stay until the server restarts. A set gets one of its
// own, or it shares one of 64 with others and its name is put before each key.
//
// All gateways must agree, so the choice is made once and kept in the cluster: a record in the set
// "_hevlayer_sets" that never expires. A name that cannot be a set's needs no record: it always
// shares. Choices are remembered here until the connection's generation changes.
//
// Thread safety: all of it.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache/aerospike/client.h"

namespace layer::cache::aerospike {

inline constexpr std::size_t kSharedSets = 64;
inline constexpr std::string_view kChoicesSet = "_hevlayer_sets";

struct SetPlace {
  std::string set;         // Aerospike's name
  std::string key_prefix;  // of a shared set

  bool shared() const { return !key_prefix.empty(); }
  std::string key(std::string_view key) const { return key_prefix + std::string(key); }
};

SetPlace own_place(std::string_view name);
SetPlace shared_place(std::string_view name);
// Short, and of letters, digits, '-', '_' and '.'.
bool can_have_own_set(std::string_view name);

class SetNames {
 public:
  explicit SetNames(Client& client) : client_(client) {}

  // Where the set is; nullopt: nothing was ever put into it. Errors: those of a read.
  async::Task<Result<std::optional<SetPlace>>> find(std::string name);
  // The same, and chooses if nobody has. nullopt: the server takes no records (stop-writes).
  async::Task<Result<std::optional<SetPlace>>> find_or_choose(std::string name);

 private:
  static constexpr std::size_t kRememberedMax = 100'000;

  std::optional<SetPlace> remembered(const std::string& name);
  void remember(const std::string& name, const SetPlace& place);
  // Whether there is room for another set, as the fullest node sees it.
  async::Task<Result<bool>> room_for(std::string name);

  Client& client_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::unordered_map<std::string, SetPlace> places_;
};

}  // namespace layer::cache::aerospike
