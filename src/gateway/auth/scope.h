// What a route asks of a key and what a key holds. Thread safety: plain values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace layer::gateway {

// kNone: the route asks for nothing, not even a key.
enum class Scope : std::uint8_t { kNone, kRead, kWrite, kAdmin };

// "none", "read", "write", "admin".
std::string_view name(Scope scope);
// The three a key can hold; nullopt for any other text.
std::optional<Scope> parse_scope(std::string_view text);

// A set of scopes. Admin implies read and write; write does not imply read.
class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) {
      add(scope);
    }
  }

  constexpr void add(Scope scope) { bits_ |= bit(scope); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool allow(Scope needed) const {
    return needed == Scope::kNone || (bits_ & (bit(needed) | bit(Scope::kAdmin))) != 0;
  }
  // True when every scope of `other` is allowed here.
  constexpr bool cover(Scopes other) const {
    return (bits_ & bit(Scope::kAdmin)) != 0 || (other.bits_ & ~bits_) == 0;
  }
  constexpr bool operator==(const Scopes&) const = default;

 private:
  static constexpr unsigned bit(Scope scope) {
    return scope == Scope::kNone ? 0U : 1U << static_cast<unsigned>(scope);
  }
  unsigned bits_ = 0;
};

}  // namespace layer::gateway
