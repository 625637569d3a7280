#include "resources/validate.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/options.h"
#include "resources/expectation.h"
#include "resources/read_node.h"

namespace layer::resources {
namespace {

class Walk {
 public:
  Walk(std::span<const Field> fields, Report& report) : fields_(fields), report_(report) {}

  // `prefix` is the schema's path, `shown` the document's.
  void object(Node& node, const std::string& prefix, const std::string& shown) {
    std::vector<Member> in_order;
    for (const Field& field : fields_) {
      std::string_view name;
      if (!is_below(field.path, prefix, name)) {
        continue;
      }
      const auto it = std::ranges::find_if(node.members, [&](const Member& member) {
        return member.name == name && !member.value.is(NodeType::kNull);
      });
      if (it != node.members.end()) {
        value(field, it->value, shown + "." + it->name);
        in_order.push_back({.name = it->name, .at = it->at, .value = std::move(it->value)});
      } else if (!field.default_value.empty()) {
        Node filled = default_of(field, node.at);
        if (field.type == FieldType::kObject) {
          object(filled, std::string(field.path), shown + "." + std::string(name));
        }
        in_order.push_back({.name = std::string(name), .at = node.at, .value = std::move(filled)});
      } else if (field.required) {
        fault(node.at, shown + "." + std::string(name), "is missing",
              fmt::format("expected {}", expectation(field)));
      }
    }
    refuse_unknown(node, prefix, shown);
    node.members = std::move(in_order);
  }

 private:
  static Node default_of(const Field& field, Position at) {
    if (field.default_value == "{}") {
      return Node(NodeType::kMap, at);
    }
    if (field.default_value == "[]") {
      return Node(NodeType::kList, at);
    }
    if (field.type == FieldType::kTextList) {
      Node list(NodeType::kList, at);
      list.items.push_back(make_text(std::string(field.default_value), at));
      return list;
    }
    const bool plain = field.type == FieldType::kBool || field.type == FieldType::kInteger ||
                       field.type == FieldType::kNumber;
    return plain ? make_plain(std::string(field.default_value), at)
                 : make_text(std::string(field.default_value), at);
  }

  // What was found, in words. Where a secret or a URL belongs only its type is told: somebody may
  // have pasted a password there, and messages go to logs.
  static std::string found(const Field& field, const Node& node) {
    const bool private_place = field.path.find("secretRef") != std::string_view::npos ||
                               field.path.starts_with("credential") ||
                               field.path.starts_with("inboundAuth.keys") ||
                               field.spelling == &kHttpUrl;
    return private_place && !node.is(NodeType::kMap) && !node.is(NodeType::kList) ? "another value"
                                                                                  : describe(node);
  }

  void fault(Position at, std::string path, std::string message, std::string hint = {}) {
    report_.add(at, std::move(path), std::move(message), std::move(hint));
  }

  void refuse_unknown(const Node& node, const std::string& prefix, const std::string& shown) {
    std::vector<std::string_view> known;
    for (const Field& field : fields_) {
      if (std::string_view name; is_below(field.path, prefix, name)) {
        known.push_back(name);
      }
    }
    for (const Member& member : node.members) {
      if (std::ranges::find(known, member.name) == known.end()) {
        fault(member.at, shown + "." + member.name, "is not a known field",
              suggest(member.name, known));
      }
    }
  }

  void value(const Field& field, Node& node, const std::string& shown) {
    if (!has_type(field, node)) {
      fault(node.at, shown,
            fmt::format("found {}, expected {}", found(field, node), expectation(field)),
            hint_for_type(field, node));
      return;
    }
    switch (field.type) {
      case FieldType::kObject:
        object(node, std::string(field.path), shown);
        return;
      case FieldType::kObjectList:
        count(field, node.items.size(), node.at, shown);
        for (std::size_t i = 0; i < node.items.size(); ++i) {
          entry(node.items[i], std::string(field.path) + "[]", fmt::format("{}[{}]", shown, i));
        }
        return;
      case FieldType::kObjectMap:
        count(field, node.members.size(), node.at, shown);
        for (Member& member : node.members) {
          entry(member.value, std::string(field.path) + "{}", shown + "." + member.name);
        }
        return;
      case FieldType::kTextList:
        count(field, node.items.size(), node.at, shown);
        for (std::size_t i = 0; i < node.items.size(); ++i) {
          text_value(field, node.items[i], fmt::format("{}[{}]", shown, i));
        }
        return;
      case FieldType::kTextMap:
      case FieldType::kQuantityMap:
        map_of_texts(field, node, shown);
        return;
      case FieldType::kText:
        text_value(field, node, shown);
        return;
      case FieldType::kInteger:
      case FieldType::kNumber:
        number_value(field, node, shown);
        return;
      case FieldType::kDuration:
      case FieldType::kDurationOrNever:
        duration_value(field, node, shown);
        return;
      case FieldType::kBool:
      case FieldType::kJson:
      case FieldType::kJsonMap:
        return;
    }
  }

  void entry(Node& node, const std::string& prefix, const std::string& shown) {
    if (node.is(NodeType::kMap)) {
      object(node, prefix, shown);
    } else {
      fault(node.at, shown, fmt::format("found {}, expected a map", describe(node)));
    }
  }

  void count(const Field& field, std::size_t members, Position at, const std::string& shown) {
    const auto number = static_cast<std::int64_t>(members);
    if (number < least(field) || number > most(field)) {
      fault(at, shown, fmt::format("found {} members, expected {}", members, expectation(field)));
    }
  }

  void text_value(const Field& field, const Node& node, const std::string& shown) {
    if (!node.is(NodeType::kText)) {
      fault(node.at, shown, fmt::format("found {}, expected a text", found(field, node)),
            node.is(NodeType::kList) || node.is(NodeType::kMap) ? "" : "put it in quotes");
      return;
    }
    if (!field.choices.empty()) {
      const auto choices = core::split_words(field.choices);
      if (std::ranges::find(choices, node.text) == choices.end()) {
        const std::string near = nearest(node.text, choices);
        fault(node.at, shown,
              fmt::format("found {}, expected {}", found(field, node), choice_words(field)),
              near.empty() ? "" : fmt::format("did you mean '{}'?", near));
      }
      return;
    }
    const auto bytes = static_cast<std::int64_t>(node.text.size());
    const bool alone = field.type == FieldType::kText;
    const std::int64_t bytes_min = field.type == FieldType::kTextMap ? 0 : 1;
    if (bytes < (alone ? least(field) : bytes_min) ||
        bytes > (alone ? most(field) : kTextBytesMax) ||
        (field.spelling != nullptr && !field.spelling->matches(node.text))) {
      fault(node.at, shown,
            fmt::format("found {}, expected {}", found(field, node), item_words(field)));
    }
  }

  void number_value(const Field& field, const Node& node, const std::string& shown) {
    if (node.number < static_cast<double>(least(field)) ||
        node.number > static_cast<double>(most(field))) {
      fault(node.at, shown,
            fmt::format("found {}, expected {}", found(field, node), expectation(field)));
    }
  }

  void duration_value(const Field& field, const Node& node, const std::string& shown) {
    const auto ms = read_duration(node.text, field.type == FieldType::kDurationOrNever);
    if (!ms || (*ms != kNever && (ms->count() < least(field) || ms->count() > most(field)))) {
      fault(node.at, shown,
            fmt::format("found {}, expected {}", found(field, node), expectation(field)));
    }
  }

  void map_of_texts(const Field& field, Node& node, const std::string& shown) {
    count(field, node.members.size(), node.at, shown);
    for (Member& member : node.members) {
      const std::string path = shown + "." + member.name;
      if (field.type == FieldType::kQuantityMap) {
        if (!is_quantity(member.value.text)) {
          fault(member.value.at, path,
                fmt::format("found {}, expected a quantity like 250m, 2 or 4Gi",
                            describe(member.value)));
        }
        member.value.type = NodeType::kText;
      } else {
        text_value(field, member.value, path);
      }
    }
    std::ranges::sort(node.members, {}, &Member::name);
  }

  std::span<const Field> fields_;
  Report& report_;
};

}  // namespace

void validate_spec(const KindSchema& schema, std::string_view name, Node& spec, Report& report) {
  if (schema.normalise != nullptr) {
    schema.normalise(spec);
  }
  Walk walk(schema.fields, report);
  walk.object(spec, "", "spec");
  if (schema.check != nullptr) {
    schema.check(spec, name, report);
  }
}

}  // namespace layer::resources
