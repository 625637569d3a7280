// Personal data taken out of texts before they are kept: RE2 expressions, each with what stands in
// the place of a match. Linear in the text whatever the expression. Thread safety: immutable once
// made; copies share the compiled expressions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace re2 {
class RE2;
}

namespace layer::features::history {

class Redactor {
 public:
  static constexpr std::size_t kPatternBytesMax = 1024;
  static constexpr std::int64_t kPatternMemoryBytesMax = std::int64_t{1} << 20;  // compiled

  // Rules apply in the order they were added. `replace` is taken as it is written.
  // Errors: kValidation, in RE2's words.
  Result<void> add(std::string_view pattern, std::string_view replace);
  // "email", "phone", "card". Errors: kValidation for another name.
  Result<void> add_preset(std::string_view name);

  bool empty() const { return rules_.empty(); }
  // True: `text` was changed.
  bool redact(std::string& text) const;

 private:
  struct Rule {
    std::shared_ptr<const re2::RE2> expression;
    std::string rewrite;  // as RE2 wants it
    bool card = false;    // only digits that a card's check digit confirms
  };
  static bool redact_cards(const Rule& rule, std::string& text);

  std::vector<Rule> rules_;
};

}  // namespace layer::features::history
