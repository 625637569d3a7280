// Where the document cache keeps what: sets and keys of its records (section 4.2 of the contract).
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/document_cache.h"

namespace layer::cache {

inline constexpr std::string_view kMembersSet = "_hevlayer_members";
inline constexpr std::string_view kEpochKey = "epoch";
inline constexpr std::string_view kMemberPrefix = "members/";

std::string documents_set(std::string_view prefix, std::string_view ns);
std::string fences_set(std::string_view ns);
std::string fence_key(std::string_view store);
std::string certificate_key(std::string_view store);

// Of a row: the store, the id's kind and its canonical text, so that 7 and "7" never meet.
// nullopt: the id is longer than any row's.
std::optional<std::string> row_key(std::string_view store, const wire::Id& id);
// The id of a key of this store; nullopt: it is another's.
std::optional<wire::Id> id_of_key(std::string_view store, std::string_view key);

}  // namespace layer::cache
