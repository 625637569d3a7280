// The keys file (--keys-file): a list of keys, YAML or JSON (by the ending ".json").
//
//   - name: search-frontend
//     scopes: [read]                    # on the deployment and on every store, unless ...
//     entitlements:                     # ... this says where; each entry's scopes default to those
//       layer: {scopes: [read]}
//       vectorstore.default: {scopes: [read, write], namespaces: ["films-*"]}
//       warehouse.sales: {claims: [orders]}
//     key: 3f9d...                      # or: secretRef: {name: ..., key: ...}
//
// `scopes` beside `entitlements` is also their ceiling, so a reader of the first line is not
// misled. Thread safety: free functions. They read files: call them off the event loops.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "gateway/auth/key_ring.h"

namespace layer::gateway {

inline constexpr std::size_t kKeysFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kKeyNameBytesMax = 128;
inline constexpr std::size_t kKeyBytesMax = 4096;
// Shorter keys are taken, with a warning: some are guessed.
inline constexpr std::size_t kKeyBytesRecommended = 16;

// The value of a secretRef. Messages of its errors never hold a value.
using ResolveSecret =
    std::function<Result<std::string>(const std::string& name, const std::string& key)>;

struct KeysFile {
  std::vector<KeyEntry> keys{};
  std::vector<std::string> warnings{};
};

// Every mistake together, each "<file>:<line>:<column>: <what is wrong and what to do>"; none shows
// a key.
using KeysFileResult = std::expected<KeysFile, std::vector<Error>>;

KeysFileResult parse_keys(std::string_view text, const std::string& file,
                          const ResolveSecret& resolve);

// Also refuses files that others than their owner and group may read or change.
KeysFileResult read_keys_file(const std::filesystem::path& path, const ResolveSecret& resolve);

}  // namespace layer::gateway
