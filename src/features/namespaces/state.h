// What a gateway knows of a namespace beside what the store knows: values handed out as immutable
// snapshots. Thread safety: plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "async/task.h"
#include "features/namespaces/layout.h"
#include "wire/id.h"

namespace layer::features::namespaces {

struct NamespaceState {
  std::optional<Layout> layout{};         // none also when it was made for a deleted incarnation
  std::uint64_t incarnation = 0;          // of the last tombstone
  std::optional<wire::IdType> id_type{};  // as learnt from the schema
  bool known = false;                     // false: no look-up has succeeded; all else is default
};
using StatePtr = std::shared_ptr<const NamespaceState>;

// The outcome of reading one state object.
struct StateObject {
  enum class Kind : std::uint8_t { kAbsent, kUnchanged, kFound };
  Kind kind = Kind::kAbsent;
  std::string body{};  // of kFound, as `etag`
  std::string etag{};
};

// Where state objects are read: the object store, or none.
class StateSource {
 public:
  virtual ~StateSource() = default;
  // kUnchanged only when `etag` is not empty and still the object's. At most kStateObjectBytesMax
  // of the body are needed. Errors: whatever keeps the answer from being known.
  virtual async::Task<Result<StateObject>> read(std::string key, std::string etag) = 0;
};

// A deployment without an object store: no namespace has state.
class NoStateSource final : public StateSource {
 public:
  async::Task<Result<StateObject>> read(std::string, std::string) override {
    co_return StateObject{};
  }
};

}  // namespace layer::features::namespaces
