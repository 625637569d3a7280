#include "engine/text/sentences.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

namespace layer::engine::text {
namespace {

// Compiling the rules is dear, a copy of the iterator is not.
std::unique_ptr<icu::BreakIterator> sentence_iterator() {
  static const auto kPrototype = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<const icu::BreakIterator> made(
        icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), status));
    return U_SUCCESS(status) != 0 ? std::move(made) : nullptr;
  }();
  return std::unique_ptr<icu::BreakIterator>(kPrototype != nullptr ? kPrototype->clone() : nullptr);
}

}  // namespace

std::vector<std::size_t> sentence_ends(std::string_view text) {
  std::vector<std::size_t> ends;
  if (text.empty()) {
    return ends;
  }
  UErrorCode status = U_ZERO_ERROR;
  UText utf8 = UTEXT_INITIALIZER;
  utext_openUTF8(&utf8, text.data(), static_cast<std::int64_t>(text.size()), &status);
  const auto iterator = sentence_iterator();
  if (iterator != nullptr) {
    iterator->setText(&utf8, status);
  }
  if (iterator == nullptr || U_FAILURE(status) != 0) {
    ends.push_back(text.size());  // without ICU's data the whole text is the one sentence there is
  } else {
    iterator->first();
    for (std::int32_t end = iterator->next(); end != icu::BreakIterator::DONE;
         end = iterator->next()) {
      ends.push_back(static_cast<std::size_t>(end));
    }
  }
  utext_close(&utf8);
  return ends;
}

}  // namespace layer::engine::text
