#include "resources/node.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace layer::resources {
namespace {

constexpr std::size_t kShownBytesMax = 60;

// The whole of `text` as digits with an optional sign and nothing else.
bool read_integer(std::string_view text, std::int64_t& value) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return false;
    }
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read_number(std::string_view text, double& value) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  // from_chars also reads "inf" and "nan", which are no numbers here.
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
    return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

// Cut at a character's border.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kShownBytesMax) {
    return text;
  }
  std::size_t length = kShownBytesMax;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U) {
    --length;
  }
  return text.substr(0, length);
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  const auto it = std::ranges::find(members, name, &Member::name);
  return it == members.end() ? nullptr : &it->value;
}

Node* Node::find(std::string_view name) {
  return const_cast<Node*>(std::as_const(*this).find(name));
}

Node make_text(std::string text, Position at) {
  Node node(NodeType::kText, at);
  node.text = std::move(text);
  return node;
}

Node make_plain(std::string text, Position at) {
  Node node = make_text(std::move(text), at);
  if (is_one_of(node.text, {"", "~", "null", "Null", "NULL"})) {
    node.type = NodeType::kNull;
  } else if (is_one_of(node.text, {"true", "True", "TRUE"})) {
    node.type = NodeType::kBool;
    node.flag = true;
  } else if (is_one_of(node.text, {"false", "False", "FALSE"})) {
    node.type = NodeType::kBool;
  } else if (read_integer(node.text, node.integer)) {
    node.type = NodeType::kInteger;
    node.number = static_cast<double>(node.integer);
  } else if (read_number(node.text, node.number)) {
    node.type = NodeType::kNumber;
  }
  return node;
}

std::string describe(const Node& node) {
  switch (node.type) {
    case NodeType::kNull:
      return "nothing";
    case NodeType::kBool:
      return node.flag ? "true" : "false";
    case NodeType::kInteger:
    case NodeType::kNumber:
      return fmt::format("the number {}", shortened(node.text));
    case NodeType::kText:
      return fmt::format("the text '{}'{}", shortened(node.text),
                         node.text.size() > kShownBytesMax ? "..." : "");
    case NodeType::kList:
      return "a list";
    case NodeType::kMap:
      return "a map";
  }
  return {};
}

void write_json(const Node& node, json::Writer& writer) {
  switch (node.type) {
    case NodeType::kNull:
      writer.null();
      return;
    case NodeType::kBool:
      writer.value(node.flag);
      return;
    case NodeType::kInteger:
      writer.value(node.integer);
      return;
    case NodeType::kNumber:
      writer.value(node.number);
      return;
    case NodeType::kText:
      writer.value(node.text);
      return;
    case NodeType::kList:
      writer.begin_array();
      for (const Node& item : node.items) {
        write_json(item, writer);
      }
      writer.end_array();
      return;
    case NodeType::kMap:
      writer.begin_object();
      for (const Member& member : node.members) {
        writer.key(member.name);
        write_json(member.value, writer);
      }
      writer.end_object();
      return;
  }
}

std::string to_json(const Node& node) {
  json::Writer writer;
  write_json(node, writer);
  return std::move(writer).take();
}

}  // namespace layer::resources
