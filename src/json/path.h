// Where a reader stands inside a JSON text: the chain of members and items that led there. A Path
// lives on the stack of the reader, points to its parent's and allocates nothing; only an error
// turns it into text. Thread safety: plain values.
// Lifetime: a Path must not outlive its parent, the names it was given, or the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace layer::json {

class Path {
 public:
  // The root. `text` is what was parsed, and lets errors name a line and column; it may be empty.
  explicit Path(std::string_view text = {}) : text_(text) {}

  Path member(std::string_view name [[clang::lifetimebound]]) const [[clang::lifetimebound]] {
    return {text_, this, name, kMember};
  }
  Path item(std::size_t index) const [[clang::lifetimebound]] { return {text_, this, {}, index}; }

  std::string_view text() const { return text_; }
  bool is_root() const { return parent_ == nullptr; }
  const Path* parent() const { return parent_; }
  bool is_member() const { return parent_ != nullptr && index_ == kMember; }
  std::string_view name() const { return name_; }  // of a member
  std::size_t index() const { return index_; }     // of an item

  // "upsert_rows[0].id"; empty at the root.
  std::string to_string() const;

 private:
  static constexpr std::size_t kMember = static_cast<std::size_t>(-1);

  Path(std::string_view text, const Path* parent, std::string_view name, std::size_t index)
      : text_(text), parent_(parent), name_(name), index_(index) {}

  std::string_view text_;
  const Path* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

}  // namespace layer::json
