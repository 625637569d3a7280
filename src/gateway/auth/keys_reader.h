// Turns the parsed keys file into keys, noting every mistake on the way. Thread safety: one thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/secret.h"
#include "gateway/auth/keys_file.h"
#include "resources/node.h"

namespace layer::gateway {

class KeysReader {
 public:
  // Both outlive the reader.
  KeysReader(const std::string& file, const ResolveSecret& resolve)
      : file_(file), resolve_(resolve) {}

  // The file's documents: one list.
  void read(const std::vector<resources::Node>& documents);
  void fault(resources::Position at, std::string_view message);
  KeysFileResult take() &&;

 private:
  using Node = resources::Node;

  void key(const Node& node);
  std::string key_name(const Node& node);
  Grants grants(const Node& node, const std::string& name);
  void entitlement(const resources::Member& target, std::optional<Scopes> ceiling, Grants& grants);
  void store_right(const resources::Member& target, std::string_view store,
                   std::optional<Scopes> ceiling, Grants& grants);
  std::optional<Scopes> entitled_scopes(const Node& node, std::optional<Scopes> ceiling);
  std::optional<Scopes> scopes(const Node& node);
  std::vector<Glob> globs(const Node& node);
  std::vector<std::string> texts(const Node& node, std::string_view what);
  std::optional<core::Secret> secret(const Node& node, const std::string& name);
  std::optional<core::Secret> referred(const Node& node);
  // A mapping without other members than these; faults otherwise. False: not a mapping.
  bool members(const Node& node, std::string_view what,
               std::initializer_list<std::string_view> allowed);

  const std::string& file_;
  const ResolveSecret& resolve_;
  KeysFile out_;
  std::vector<Error> faults_;
  std::set<std::string> names_;
  std::unordered_map<Digest, std::string, DigestHash, DigestEqual> secrets_;  // -> name
};

}  // namespace layer::gateway
