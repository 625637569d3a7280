// JSON into the same tree. The fast parser checks the text and decodes it; a second walk over the
// bytes beside it supplies the place of each value.
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "json/document.h"
#include "json/locate.h"
#include "resources/limits.h"
#include "resources/read_format.h"

namespace layer::resources {
namespace {

// Walks a text that is known to be JSON.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  // Where the next value or name begins.
  Position next() {
    while (std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos) {
      if (text_[at_] == '\n') {
        ++line_;
        line_begin_ = at_ + 1;
      }
      ++at_;
    }
    return {.line = line_, .column = at_ - line_begin_ + 1};
  }
  void step() { ++at_; }  // over a bracket
  void skip_text() {
    for (++at_; text_[at_] != '"'; ++at_) {
      at_ += text_[at_] == '\\' ? 1 : 0;
    }
    ++at_;
  }
  // Numbers and words; what was skipped.
  std::string_view skip_word() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,:]}", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    return word;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_begin_ = 0;
};

class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, Parsed& out) : places_(text), out_(out) {}

  Node build(const json::Value& value, std::size_t depth) {
    Node node;
    node.at = places_.next();
    if (++values_ > limits::document_values_max || depth > limits::nesting_depth_max) {
      if (!refused_) {
        refuse(node.at, fmt::format("more than {} values or {} levels", limits::document_values_max,
                                    limits::nesting_depth_max));
      }
      refused_ = true;
      return node;
    }
    switch (value.type()) {
      case simdjson::dom::element_type::OBJECT:
        build_map(value, depth, node);
        break;
      case simdjson::dom::element_type::ARRAY:
        build_list(value, depth, node);
        break;
      case simdjson::dom::element_type::STRING:
        node.type = NodeType::kText;
        node.text = std::string_view(value.get_string());
        places_.skip_text();
        break;
      default:
        node = make_plain(std::string(places_.skip_word()), node.at);
    }
    return node;
  }

 private:
  void refuse(Position at, std::string message) {
    out_.faults.push_back({.at = at, .message = std::move(message), .hint = {}});
  }

  void build_list(const json::Value& value, std::size_t depth, Node& node) {
    node.type = NodeType::kList;
    places_.step();
    for (const json::Value item : json::Array(value.get_array())) {
      node.items.push_back(build(item, depth + 1));
      if (refused_) {
        return;
      }
    }
    places_.next();
    places_.step();
  }

  void build_map(const json::Value& value, std::size_t depth, Node& node) {
    node.type = NodeType::kMap;
    places_.step();
    std::set<std::string_view> names;
    for (const auto& [name, member] : json::Object(value.get_object())) {
      const Position at = places_.next();
      places_.skip_text();
      if (!names.insert(name).second) {
        refuse(at, fmt::format("'{}' is given twice", name));
      }
      Node child = build(member, depth + 1);
      if (refused_) {
        return;
      }
      node.members.push_back({.name = std::string(name), .at = at, .value = std::move(child)});
    }
    places_.next();
    places_.step();
  }

  Places places_;
  Parsed& out_;
  std::size_t values_ = 0;
  bool refused_ = false;
};

// The place at the end of the parser's message, "<detail> at line L column C", moved into `fault`.
Fault fault_of(const std::string& message) {
  constexpr std::string_view kLead = "Failed to parse the request body as JSON: ";
  Fault fault{.at = {.line = 1, .column = 1}, .message = message, .hint = {}};
  if (message.starts_with(kLead)) {
    fault.message = message.substr(kLead.size());
  }
  const std::size_t line = fault.message.rfind(" at line ");
  const std::size_t column = fault.message.rfind(" column ");
  if (line != std::string::npos && column != std::string::npos && column > line) {
    fault.at.line = std::strtoull(fault.message.c_str() + line + 9, nullptr, 10);
    fault.at.column = std::strtoull(fault.message.c_str() + column + 8, nullptr, 10);
    fault.message.resize(line);
  }
  fault.message.insert(0, "not JSON: ");
  return fault;
}

}  // namespace

Parsed read_json(std::string_view text) {
  Parsed parsed;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return parsed;
  }
  const auto document = json::Document::parse(std::string(text));
  if (!document) {
    parsed.faults.push_back(fault_of(document.error().message));
    return parsed;
  }
  parsed.roots.push_back(TreeBuilder(document->text(), parsed).build(document->root(), 1));
  return parsed;
}

}  // namespace layer::resources
