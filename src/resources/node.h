// A parsed document, the same for YAML and JSON: values with the place each was written at. The
// order of members is kept; names are unique.
// Thread safety: a plain value. Bounds: limits.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "resources/position.h"

namespace layer::resources {

enum class NodeType : std::uint8_t { kNull, kBool, kInteger, kNumber, kText, kList, kMap };

struct Member;

struct Node {
  explicit Node(NodeType type = NodeType::kNull, Position at = {});

  NodeType type;
  Position at;
  bool flag = false;
  std::int64_t integer = 0;
  double number = 0;  // of kInteger as well
  std::string text;   // of a scalar as it was written
  std::vector<Node> items;
  std::vector<Member> members;

  bool is(NodeType wanted) const { return type == wanted; }
  // The member's value, or null.
  const Node* find(std::string_view name) const;
  Node* find(std::string_view name);
};

struct Member {
  std::string name;
  Position at{};
  Node value;
};

inline Node::Node(NodeType node_type, Position where) : type(node_type), at(where) {}

Node make_text(std::string text, Position at);
// A plain scalar as YAML's core schema reads it: null, true, false, integers, numbers, else text.
Node make_plain(std::string text, Position at);

// "the number 5", "the text 'abc'", "a list": what a message says was found.
std::string describe(const Node& node);

void write_json(const Node& node, json::Writer& writer);
std::string to_json(const Node& node);

}  // namespace layer::resources
