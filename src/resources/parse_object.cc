#include "resources/parse_object.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "resources/read_node.h"
#include "resources/schema.h"
#include "resources/status.h"
#include "resources/validate.h"

namespace layer::resources {
namespace {

constexpr std::string_view kGroup = "hevlayer.com/";
constexpr std::size_t kShownMistakes = 3;
constexpr std::size_t kAnnotationBytesMax = 256 * 1024;  // all of an object's, as in Kubernetes

std::vector<std::string_view> kind_names() {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kKindCount; ++i) {
    names.push_back(kind_name(static_cast<Kind>(i)));
  }
  return names;
}

// One document and what is known of it so far.
class Envelope {
 public:
  Envelope(const Node& root, const std::string& file, Mistakes& out)
      : root_(root),
        name_(text_of("metadata.name")),
        report_(file, label(), out),
        file_(file),
        out_(out) {}

  void read(std::vector<ParsedObject>& objects) {
    const std::size_t mistakes_before = out_.size();
    const auto kind = read_kind();
    refuse_unknown(root_, "", {"apiVersion", "kind", "metadata", "spec", "status"});
    const bool named = read_metadata(kind);
    Node spec;
    if (const Node* written = root_.find("spec"); written == nullptr) {
      spec = Node(NodeType::kMap, root_.at);
    } else if (written->is(NodeType::kMap)) {
      spec = *written;
    } else if (!written->is(NodeType::kNull)) {
      report_.add(written->at, "spec", fmt::format("found {}, expected a map", describe(*written)));
      return;
    } else {
      spec = Node(NodeType::kMap, written->at);
    }
    if (!kind) {
      return;
    }
    ParsedObject object = parse_spec(*kind, name_, std::move(spec), file_, out_);
    if (!named) {
      return;
    }
    object.labels = labels(root_, "metadata.labels");
    object.annotations = labels(root_, "metadata.annotations");
    object.origin.at = root_.at;
    object.verdict = verdict_of(
        {out_.begin() + static_cast<std::ptrdiff_t>(std::min(mistakes_before, out_.size())),
         out_.end()});
    if (!object.verdict.accepted) {
      object.spec = nullptr;
      object.spec_json = nullptr;
    }
    objects.push_back(std::move(object));
  }

 private:
  std::string text_of(std::string_view path) const {
    const Node* found = at_path(root_, path);
    return found != nullptr && found->is(NodeType::kText) ? found->text : std::string();
  }

  std::string label() const {
    const std::string kind = text_of("kind");
    return (kind.empty() ? "?" : kind) + "/" + (name_.empty() ? "?" : name_);
  }

  // Null when the member is absent or no text; that is then reported.
  const Node* required_text(const Node& in, std::string_view name, const std::string& path) {
    const Node* found = in.find(name);
    if (found == nullptr || found->is(NodeType::kNull)) {
      report_.add(in.at, path, "is missing");
      return nullptr;
    }
    if (!found->is(NodeType::kText)) {
      report_.add(found->at, path, fmt::format("found {}, expected a text", describe(*found)));
      return nullptr;
    }
    return found;
  }

  void refuse_unknown(const Node& node, const std::string& lead,
                      const std::vector<std::string_view>& known) {
    for (const Member& member : node.members) {
      if (std::ranges::find(known, member.name) == known.end()) {
        report_.add(member.at, lead + member.name, "is not a known field",
                    suggest(member.name, known));
      }
    }
  }

  std::optional<Kind> read_kind() {
    const Node* version = required_text(root_, "apiVersion", "apiVersion");
    const Node* kind = required_text(root_, "kind", "kind");
    if (kind == nullptr) {
      return std::nullopt;
    }
    const auto names = kind_names();
    const auto it = std::ranges::find(names, kind->text);
    if (it == names.end()) {
      const bool ours = version == nullptr || version->text.starts_with(kGroup);
      report_.add(kind->at, "kind", fmt::format("'{}' is not a kind of hevlayer.com", kind->text),
                  ours ? suggest(kind->text, names) : "keep other objects out of this directory");
      return std::nullopt;
    }
    const auto found = static_cast<Kind>(it - names.begin());
    if (version != nullptr && version->text != api_version(found)) {
      report_.add(version->at, "apiVersion",
                  fmt::format("found '{}', expected '{}'", version->text, api_version(found)));
    }
    return found;
  }

  // False when there is no name to call the object by.
  bool read_metadata(std::optional<Kind> kind) {
    const Node* metadata = root_.find("metadata");
    if (metadata == nullptr || !metadata->is(NodeType::kMap)) {
      report_.add(metadata == nullptr ? root_.at : metadata->at, "metadata",
                  metadata == nullptr
                      ? std::string("is missing")
                      : fmt::format("found {}, expected a map", describe(*metadata)),
                  "it holds at least the object's name");
      return false;
    }
    // What a server adds is let through, so that an exported object can be kept as it is.
    refuse_unknown(*metadata, "metadata.",
                   {"name", "labels", "annotations", "namespace", "creationTimestamp",
                    "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers", "generation",
                    "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid"});
    read_labels(*metadata, "labels");
    read_labels(*metadata, "annotations");
    const Node* name = required_text(*metadata, "name", "metadata.name");
    if (name == nullptr) {
      return false;
    }
    const Spelling& spelling = kind ? *schema_of(*kind).name_spelling : kObjectName;
    if (!spelling.matches(name->text)) {
      report_.add(name->at, "metadata.name",
                  fmt::format("found {}, expected {}", describe(*name), spelling.words));
      return false;
    }
    return true;
  }

  void read_labels(const Node& metadata, const std::string& member) {
    const Node* map = metadata.find(member);
    if (map == nullptr || map->is(NodeType::kNull)) {
      return;
    }
    const std::string path = "metadata." + member;
    if (!map->is(NodeType::kMap)) {
      report_.add(map->at, path, fmt::format("found {}, expected a map", describe(*map)));
      return;
    }
    std::size_t bytes = 0;
    for (const auto& [key, at, value] : map->members) {
      bytes += key.size() + value.text.size();
      if (!is_label_key(key)) {
        report_.add(at, path + "." + key, "is not a label key",
                    "write it like app or example.com/app, at most 63 characters after the '/'");
      }
      if (!value.is(NodeType::kText)) {
        report_.add(value.at, path + "." + key,
                    fmt::format("found {}, expected a text", describe(value)), "put it in quotes");
      } else if (member == "labels" && !is_label_value(value.text)) {
        report_.add(value.at, path + "." + key,
                    fmt::format("found {}, expected at most 63 letters, digits, '-', '_' and '.'",
                                describe(value)));
      }
    }
    if (bytes > kAnnotationBytesMax) {
      report_.add(map->at, path, fmt::format("larger than {} bytes", kAnnotationBytesMax));
    }
  }

  const Node& root_;
  std::string name_;
  Report report_;
  const std::string& file_;
  Mistakes& out_;
};

bool is_list(const Node& root) {
  const Node* kind = root.find("kind");
  const Node* members = root.find("items");
  return kind != nullptr && kind->text.ends_with("List") && members != nullptr &&
         members->is(NodeType::kList);
}

}  // namespace

Verdict verdict_of(const Mistakes& mistakes) {
  Verdict verdict;
  if (mistakes.empty()) {
    return verdict;
  }
  verdict.accepted = false;
  // A spec that breaks the schema is invalid whatever else is the matter with it.
  const auto invalid = std::ranges::find(mistakes, "SchemaInvalid", &Mistake::reason);
  verdict.reason = invalid == mistakes.end() ? mistakes.front().reason : invalid->reason;
  for (std::size_t i = 0; i < std::min(mistakes.size(), kShownMistakes); ++i) {
    const Mistake& mistake = mistakes[i];
    fmt::format_to(std::back_inserter(verdict.message), "{}{}{}{}", i == 0 ? "" : "; ",
                   mistake.path, mistake.path.empty() ? "" : ": ", mistake.message);
  }
  if (mistakes.size() > kShownMistakes) {
    fmt::format_to(std::back_inserter(verdict.message), "; and {} more",
                   mistakes.size() - kShownMistakes);
  }
  return verdict;
}

ParsedObject parse_spec(Kind kind, std::string name, Node spec, const std::string& file,
                        Mistakes& mistakes) {
  const KindSchema& schema = schema_of(kind);
  ParsedObject object{.kind = kind, .name = std::move(name), .origin = {file, spec.at}};
  Mistakes own;
  Report report(file, status_key(kind, object.name.empty() ? "?" : object.name), own);
  const std::string written = to_json(spec);
  validate_spec(schema, object.name, spec, report);
  object.verdict = verdict_of(own);
  object.fingerprint = std::hash<std::string>{}(written);
  if (object.verdict.accepted) {
    object.spec = std::make_shared<const AnySpec>(schema.decode(spec, object.name));
    object.spec_json = std::make_shared<const std::string>(to_json(spec));
    object.fingerprint = std::hash<std::string>{}(*object.spec_json);
  }
  mistakes.insert(mistakes.end(), own.begin(), own.end());
  return object;
}

void parse_document(const Node& root, const std::string& file, std::vector<ParsedObject>& objects,
                    Mistakes& mistakes) {
  if (!root.is(NodeType::kMap)) {
    mistakes.push_back(
        {.origin = {.file = file, .at = root.at},
         .object = {},
         .path = {},
         .message = fmt::format("found {}, expected a map with apiVersion, kind, metadata and spec",
                                describe(root)),
         .hint = {}});
  } else if (is_list(root)) {
    for (const Node& item : root.find("items")->items) {
      Envelope(item, file, mistakes).read(objects);
    }
  } else {
    Envelope(root, file, mistakes).read(objects);
  }
}

ParsedText parse_objects(std::string_view text, TextFormat format, const std::string& file) {
  Documents documents = read_text(text, format, file);
  ParsedText parsed{.objects = {}, .mistakes = std::move(documents.mistakes)};
  parsed.parses = parsed.mistakes.empty();
  for (const Node& root : documents.roots) {
    parse_document(root, file, parsed.objects, parsed.mistakes);
  }
  std::ranges::sort(parsed.mistakes, {}, [](const Mistake& m) { return m.origin.at; });
  return parsed;
}

}  // namespace layer::resources
