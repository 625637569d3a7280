// Files of objects into a catalog: which of several objects of one name counts, what stays in force
// while a newer text is refused, generations, and what only shows when all objects are seen
// together. Remembers what it built, so one builder serves one source for its life.
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "resources/catalog.h"
#include "resources/parse_object.h"

namespace layer::resources {

// What is known of one file.
struct FileObjects {
  std::string name;
  std::vector<ParsedObject> objects{};
  Mistakes mistakes{};
  // Not empty: the file cannot be read now and `objects` are those of its last readable text.
  std::string parse_error{};
};

class CatalogBuilder {
 public:
  // `default_store` is the name of the default store when the stores are configured elsewhere than
  // in these files; it may be empty.
  explicit CatalogBuilder(std::string default_store = {})
      : default_store_(std::move(default_store)) {}

  // `files` in the order in which their objects count as created, when they appear together.
  std::shared_ptr<const Catalog> build(std::span<const FileObjects> files);

 private:
  // One object in one file.
  struct Instance {
    const ParsedObject* object;
    const FileObjects* file;
    std::uint64_t order;
  };
  // What is remembered of a kind and name, whichever file holds it.
  struct Memory {
    std::uint64_t order = 0;
    std::uint64_t generation = 0;
    std::uint64_t accepted_generation = 0;
    std::size_t fingerprint = 0;
    std::shared_ptr<const AnySpec> spec;
    std::shared_ptr<const std::string> spec_json;
  };
  using Groups = std::map<std::string, std::vector<Instance>>;

  Groups group(std::span<const FileObjects> files);
  void add_group(Catalog& catalog, const std::string& key, std::vector<Instance>& instances);
  void remember(Memory& memory, const ParsedObject& object, bool parses);
  void refuse_second_defaults(Catalog& catalog) const;
  void refuse_second_backends(Catalog& catalog) const;
  std::string default_store(const Catalog& catalog) const;

  std::string default_store_;
  std::map<std::string, Memory> memories_;
  std::map<std::string, std::uint64_t> orders_;  // of instances
  std::uint64_t next_order_ = 1;
  std::uint64_t revision_ = 0;
};

}  // namespace layer::resources
