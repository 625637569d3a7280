// YAML events into a tree, bounded as they come: the library's own tree would share aliased nodes
// and let a few lines unfold without end wherever they are visited.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "resources/limits.h"
#include "resources/read_format.h"

namespace layer::resources {
namespace {

std::size_t count_values(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) {
    count += count_values(item);
  }
  for (const Member& member : node.members) {
    count += count_values(member.value);
  }
  return count;
}

std::size_t depth_of(const Node& node) {
  std::size_t depth = 0;
  for (const Node& item : node.items) {
    depth = std::max(depth, depth_of(item));
  }
  for (const Member& member : node.members) {
    depth = std::max(depth, depth_of(member.value));
  }
  return depth + 1;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(Parsed& out, std::size_t lines_before) : out_(out), lines_before_(lines_before) {}

  bool refused() const { return refused_; }

  void OnDocumentStart(const YAML::Mark&) override {
    open_.clear();
    anchors_.clear();
    values_ = 0;
    kept_ = 0;
    refused_ = false;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make_plain("", at(mark)), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (refused_ || it == anchors_.end()) {
      refuse(at(mark), "an alias to a value that is not complete yet");
      return;
    }
    if (values_ + it->second.values > limits::document_values_max ||
        open_.size() + it->second.depth > limits::nesting_depth_max) {
      refuse(at(mark), fmt::format("its aliases unfold the document beyond {} values or {} levels",
                                   limits::document_values_max, limits::nesting_depth_max));
      return;
    }
    values_ += it->second.values;
    place(it->second.node);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // "?" marks a plain scalar, "!" a quoted one.
    if (tag == "?" || tag.empty()) {
      add(make_plain(value, at(mark)), anchor);
      return;
    }
    if (tag != "!" && tag != "tag:yaml.org,2002:str") {
      refuse(at(mark), fmt::format("the tag '{}' is not supported", tag));
    }
    add(make_text(value, at(mark)), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(NodeType::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(NodeType::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key{};
    Position key_at{};
    std::set<std::string, std::less<>> names{};
  };
  struct Anchored {
    Node node;
    std::size_t values;
    std::size_t depth;
  };

  Position at(const YAML::Mark& mark) const {
    return {.line = static_cast<std::size_t>(mark.line) + 1 + lines_before_,
            .column = static_cast<std::size_t>(mark.column) + 1};
  }

  // The first refusal ends the document: what follows it would only repeat it.
  void refuse(Position where, std::string message) {
    if (!refused_) {
      refused_ = true;
      out_.faults.push_back({.at = where, .message = std::move(message), .hint = {}});
    }
  }

  void begin(NodeType type, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (!tag.empty() && tag != "?" && tag != "!" && !tag.starts_with("tag:yaml.org,2002:")) {
      refuse(at(mark), fmt::format("the tag '{}' is not supported", tag));
    }
    if (open_.size() >= limits::nesting_depth_max) {
      refuse(at(mark), fmt::format("nested deeper than {} levels", limits::nesting_depth_max));
    }
    if (!refused_) {
      open_.push_back({.node = Node(type, at(mark)), .anchor = anchor});
    }
  }

  void end() {
    if (refused_) {
      return;
    }
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (refused_) {
      return;
    }
    if (++values_ > limits::document_values_max) {
      refuse(node.at,
             fmt::format("more than {} values in a document", limits::document_values_max));
      return;
    }
    if (anchor != 0) {
      keep(node, anchor);
    }
    place(std::move(node));
  }

  // Anchored values are copies, so nested anchors are bounded like aliases are.
  void keep(const Node& node, YAML::anchor_t anchor) {
    const std::size_t values = count_values(node);
    kept_ += values;
    if (kept_ > limits::document_values_max) {
      refuse(node.at,
             fmt::format("its anchors hold more than {} values", limits::document_values_max));
      return;
    }
    anchors_[anchor] = {.node = node, .values = values, .depth = depth_of(node)};
  }

  void place(Node node) {
    if (refused_) {
      return;
    }
    if (open_.empty()) {
      out_.roots.push_back(std::move(node));
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is(NodeType::kList)) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, std::move(node));
    } else {
      parent.has_key = false;
      if (!parent.names.insert(parent.key).second) {
        out_.faults.push_back({.at = parent.key_at,
                               .message = fmt::format("'{}' is given twice", parent.key),
                               .hint = {}});
        return;
      }
      parent.node.members.push_back(
          {.name = std::move(parent.key), .at = parent.key_at, .value = std::move(node)});
    }
  }

  void take_key(Open& parent, Node node) {
    if (node.is(NodeType::kList) || node.is(NodeType::kMap)) {
      refuse(node.at, "the name of a member must be a text");
      return;
    }
    parent.has_key = true;
    parent.key = std::move(node.text);
    parent.key_at = node.at;
  }

  Parsed& out_;
  std::size_t lines_before_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t values_ = 0;
  std::size_t kept_ = 0;
  bool refused_ = false;
};

// Newer versions of the library name the alias; the place tells which it is.
std::string_view without_name(std::string_view message) {
  constexpr std::string_view kUnknownAnchor = "the referenced anchor is not defined";
  return message.starts_with(kUnknownAnchor) ? kUnknownAnchor : message;
}

}  // namespace

Parsed read_yaml(std::string_view text, std::size_t lines_before) {
  Parsed parsed;
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(parsed, lines_before);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    if (builder.refused()) {
      return parsed;  // what the library says of the rest is no news
    }
    parsed.faults.push_back(
        {.at = {.line = static_cast<std::size_t>(std::max(error.mark.line, 0)) + 1 + lines_before,
                .column = static_cast<std::size_t>(std::max(error.mark.column, 0)) + 1},
         .message = fmt::format("not YAML: {}", without_name(error.msg)),
         .hint = {}});
  }
  return parsed;
}

}  // namespace layer::resources
