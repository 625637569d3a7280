// Finds the namespaces that a write body names as the source of a copy or branch, in a text that
// comes in pieces: the top-level members `copy_from_namespace` and `branch_from_namespace`, each a
// name or an object with `source_namespace`. Duplicate members are all found and escapes in names
// and values are undone, because nobody knows which of two duplicates a store takes.
//
// The scanner follows JSON's structure exactly where it matters (top level, source objects, strings
// and brackets everywhere) and not further: what it accepts may still be refused as JSON, but in
// JSON it misses no source. Member names compare without regard to case, for stores that do so too.
// Thread safety: a plain object. Cost: about 1 ns a byte; memory is constant.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/limits.h"

namespace layer::gateway {

class SourceScanner {
 public:
  // An escaped character takes six bytes.
  static constexpr std::size_t kCaptureBytesMax = 6 * core::limits::namespace_name_bytes_max;
  static constexpr std::size_t kSourcesMax = 64;  // in one body

  void feed(std::string_view piece);

  // The sources that ended in what was fed since the last call, in their order.
  std::vector<std::string> take_sources() { return std::exchange(sources_, {}); }
  // True when the body may name a source that cannot be read for certain; stays true.
  bool opaque() const { return state_ == State::kOpaque; }
  // True when the text left JSON's structure; nothing in it so far speaks of a source.
  bool lost() const { return state_ == State::kLost; }

 private:
  enum class State : std::uint8_t {
    kStart,
    kNameOrEnd,  // after "{"
    kName,       // after "," in an object
    kColon,
    kValue,
    kString,
    kEscape,  // after "\" in a string
    kBare,    // number, true, false, null
    kNested,  // inside a value that is not looked into
    kCommaOrEnd,
    kDone,
    kLost,
    kOpaque,
  };
  enum class Purpose : std::uint8_t { kMemberName, kSource, kSkipped, kNested };

  void step(char c);
  void value(char c);
  void nested(char c);
  void open_string(Purpose purpose);
  void close_string();
  void capture(char c);
  void push(char c);
  void lose(char c);
  void search(char c);

  State state_ = State::kStart;
  Purpose purpose_ = Purpose::kSkipped;
  bool in_source_ = false;  // inside a source object, not at the top level
  bool is_target_ = false;  // the member at hand names a source, or is a source object
  bool overlong_ = false;   // the string at hand is longer than anything of interest
  std::string text_;        // of the string at hand, escapes and all
  std::size_t depth_ = 0;   // of brackets inside a value that is not looked into
  std::bitset<core::limits::json_depth_max> is_array_;  // by depth
  std::size_t found_ = 0;
  std::vector<std::string> sources_;
  std::size_t matched_ = 0;  // characters of the searched text, once lost
};

}  // namespace layer::gateway
