// Which lists a text is looked for in (rules HT3, HT4, HT10 and AU3 of the contract): by meaning
// where a vector is given, as it is, and word by word with misspellings. Thread safety: pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "features/hybrid/hybrid.h"
#include "features/hybrid/words.h"

namespace layer::features::hybrid {

struct LegPlan {
  std::vector<legs::Leg> legs;     // the mandatory ones first
  std::size_t mandatory = 1;       // the search fails when one of these does
  ChosenWords words;               // those beyond the legs there can be are in `dropped`
  std::vector<std::string> fuzzy;  // the words of the legs behind the mandatory ones
  std::size_t window = 0;
};

// Errors: kValidation: no word in the text.
Result<LegPlan> plan_legs(const HybridAsk& ask);

// For when nothing is found: rows that hold something like a word, the most alike first. `ranked`:
// the store ranks by filters; otherwise they come in the order of their ids.
legs::Leg surfacing_leg(const HybridAsk& ask, const std::string& word, std::size_t window,
                        bool ranked);

}  // namespace layer::features::hybrid
