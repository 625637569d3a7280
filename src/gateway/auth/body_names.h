// Namespaces named inside write bodies (rule A7 of the contract): the sources of
// `copy_from_namespace` and `branch_from_namespace` need read, like a name in a path.
//
// Only callers that may not read every namespace of the store are checked (names_need_check), so
// nobody else pays. Their bodies are read decoded, piece by piece, before each piece goes on:
// - every top-level member of those names is checked, duplicates and escaped spellings included;
// - a source given with another organisation's `source_api_key` is checked all the same, because
//   not every store looks at that key;
// - a body in which the names cannot be read for certain is refused, not forwarded: an array as
//   the body or as the source, a source longer than any name, a text that is not JSON but speaks of
//   `_from_namespace` or hides text behind escapes. Other texts that are not JSON go on, so that
//   the store reports the error in its own words.
// Thread safety: one loop. Cost: about 1 ns a byte, constant memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"
#include "gateway/auth/authenticator.h"
#include "gateway/auth/caller.h"
#include "http/body.h"

namespace layer::gateway {

// True when write bodies of this caller must pass a NameCheckBody (or check_body_names) on their
// way to the store, whatever the write route.
bool names_need_check(const Caller& caller, std::string_view store);

// Passes `inner`, a body without content coding, through. Fails with kForbidden before the piece
// that ends a forbidden name is given out, so the store never has a complete body.
class NameCheckBody final : public http::Body {
 public:
  // What is given by reference must outlive the body.
  NameCheckBody(http::Body& inner, const Caller& caller, std::string store, Authenticator& auth);
  ~NameCheckBody() override;
  async::Task<Result<std::string_view>> next() override;
  std::optional<std::uint64_t> size() const override { return inner_.size(); }

 private:
  struct State;
  http::Body& inner_;
  std::unique_ptr<State> state_;
};

// The same for a body that is held. Beyond some 100 KB call it on a pool.
Result<void> check_body_names(std::string_view body, const Caller& caller, std::string_view store,
                              Authenticator& auth);

}  // namespace layer::gateway
