// A document into a resource: who it is (apiVersion, kind, metadata), then its spec.
// Thread safety: pure functions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resources/kinds.h"
#include "resources/mistake.h"
#include "resources/node.h"
#include "resources/object.h"
#include "resources/read_text.h"

namespace layer::resources {

struct ParsedObject {
  Kind kind = Kind::kVectorStore;
  std::string name{};
  Labels labels{};
  Labels annotations{};
  Origin origin{};
  Verdict verdict{};
  // Both null when the verdict is not accepted: what breaks the schema may hold anything, a
  // password in the wrong place included, and is never printed.
  std::shared_ptr<const AnySpec> spec{};
  std::shared_ptr<const std::string> spec_json{};
  std::size_t fingerprint = 0;  // of the spec; equal specs have equal ones within a process
};

struct ParsedText {
  std::vector<ParsedObject> objects;  // those whose kind and name could be read
  Mistakes mistakes;                  // all, in the order of their places
  bool parses = true;                 // false: the text is not YAML or JSON throughout
};

// Every document of a text; a List is taken apart into its items.
ParsedText parse_objects(std::string_view text, TextFormat format, const std::string& file);

// One document that is a resource; it is added to `objects` when its kind and name can be read.
void parse_document(const Node& root, const std::string& file, std::vector<ParsedObject>& objects,
                    Mistakes& mistakes);

// One spec without an envelope, under a name given elsewhere.
ParsedObject parse_spec(Kind kind, std::string name, Node spec, const std::string& file,
                        Mistakes& mistakes);

// Accepted unless `mistakes` (of one object) has any; the message names the first few.
Verdict verdict_of(const Mistakes& mistakes);

}  // namespace layer::resources
