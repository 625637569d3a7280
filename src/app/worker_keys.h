// The keys that workers of this gateway are given: one an object, made when it is first seen and
// forgotten with the process, opening no more than what the object works on. Thread safety: grant()
// from one thread at a time, the rest from any.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/secret.h"
#include "gateway/auth/grants.h"
#include "gateway/auth/key_source.h"
#include "resources/catalog.h"

namespace layer::app {

class WorkerKeys {
 public:
  const gateway::KeySource& source() const { return source_; }
  // Objects of the catalog may read and write their namespaces in these stores; others may nothing
  // any more.
  void grant(const resources::Catalog& catalog, const std::vector<std::string>& stores);
  // Of an object that was granted.
  core::Secret key_of(std::string_view object) const;

 private:
  gateway::StaticKeySource source_;
  mutable std::mutex mutex_;
  std::map<std::string, core::Secret, std::less<>> keys_;  // by status key
};

}  // namespace layer::app
