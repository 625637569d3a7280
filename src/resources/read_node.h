// Values of a validated document by their path ("backend.storeRef", "keys[1].name"). What is absent
// or of another type reads as the empty value: validation has spoken by then.
// Thread safety: pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "resources/kinds.h"
#include "resources/node.h"

namespace layer::resources {

// Null when it is not there. The empty path is the node itself.
const Node* at_path(const Node& node, std::string_view path);

bool has(const Node& node, std::string_view path);
std::string text(const Node& node, std::string_view path);
bool flag(const Node& node, std::string_view path);
std::int64_t integer(const Node& node, std::string_view path);
std::chrono::milliseconds duration(const Node& node, std::string_view path);
std::vector<std::string> texts(const Node& node, std::string_view path);
Labels labels(const Node& node, std::string_view path);
std::string json(const Node& node, std::string_view path);  // empty when absent
// The items of a list; empty when absent.
const std::vector<Node>& items(const Node& node, std::string_view path);
SecretRef secret_ref(const Node& node, std::string_view path);

template <class T>
std::optional<T> optional_integer(const Node& node, std::string_view path) {
  return has(node, path) ? std::optional<T>(static_cast<T>(integer(node, path))) : std::nullopt;
}
template <class T>
T number_as(const Node& node, std::string_view path) {
  return static_cast<T>(integer(node, path));
}

// "5m", "90s", with `or_never` also "never" (kNever). Errors: kInvalidArgument.
Result<std::chrono::milliseconds> read_duration(std::string_view text, bool or_never);

}  // namespace layer::resources
