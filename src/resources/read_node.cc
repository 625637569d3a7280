#include "resources/read_node.h"

#include <charconv>

#include "core/units.h"

namespace layer::resources {

const Node* at_path(const Node& node, std::string_view path) {
  const Node* at = &node;
  while (!path.empty() && at != nullptr) {
    if (path.starts_with('[')) {
      std::size_t index = 0;
      std::from_chars(path.data() + 1, path.data() + path.size(), index);
      at = index < at->items.size() ? &at->items[index] : nullptr;
      path.remove_prefix(std::min(path.find(']'), path.size() - 1) + 1);
    } else {
      path.remove_prefix(path.starts_with('.') ? 1 : 0);
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      at = at->find(path.substr(0, end));
      path.remove_prefix(end);
    }
  }
  return at;
}

namespace {

const Node& at_or_empty(const Node& node, std::string_view path) {
  static const Node kEmpty;
  const Node* found = at_path(node, path);
  return found == nullptr ? kEmpty : *found;
}

}  // namespace

bool has(const Node& node, std::string_view path) {
  return at_path(node, path) != nullptr;
}

std::string text(const Node& node, std::string_view path) {
  return at_or_empty(node, path).text;
}

bool flag(const Node& node, std::string_view path) {
  return at_or_empty(node, path).flag;
}

std::int64_t integer(const Node& node, std::string_view path) {
  return at_or_empty(node, path).integer;
}

std::chrono::milliseconds duration(const Node& node, std::string_view path) {
  return read_duration(text(node, path), true).value_or(std::chrono::milliseconds{0});
}

std::vector<std::string> texts(const Node& node, std::string_view path) {
  std::vector<std::string> all;
  for (const Node& item : at_or_empty(node, path).items) {
    all.push_back(item.text);
  }
  return all;
}

Labels labels(const Node& node, std::string_view path) {
  Labels all;
  for (const Member& member : at_or_empty(node, path).members) {
    all.emplace(member.name, member.value.text);
  }
  return all;
}

std::string json(const Node& node, std::string_view path) {
  const Node* found = at_path(node, path);
  return found == nullptr ? std::string() : to_json(*found);
}

const std::vector<Node>& items(const Node& node, std::string_view path) {
  return at_or_empty(node, path).items;
}

SecretRef secret_ref(const Node& node, std::string_view path) {
  const Node& ref = at_or_empty(node, path);
  return {.name = text(ref, "name"), .key = text(ref, "key")};
}

Result<std::chrono::milliseconds> read_duration(std::string_view text, bool or_never) {
  if (or_never && text == "never") {
    return kNever;
  }
  return core::parse_duration(text);
}

}  // namespace layer::resources
