// The texts of a write body that are embedded, and where their vectors go (rule EM6 of the
// contract). Thread safety: pure functions. Cost: one pass of the lexer, a copy of each text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/embed/json_spans.h"
#include "features/embed/profile.h"
#include "json/splice.h"

namespace layer::features::embed {

inline constexpr std::size_t kInputsMax = 10'000;  // of one request

// The body's own members, as far as declarations concern them.
struct WriteHead {
  std::optional<Span> schema{};
  bool distance_metric = false;
  std::size_t end = 0;   // of the closing brace
  bool members = false;  // the body is not {}
};
// nullopt: not a JSON object, which is the store's to say.
std::optional<WriteHead> read_write_head(std::string_view body);

struct WriteText {
  std::size_t profile = 0;  // index into the profiles
  std::string text;
};

// One place of the body: `literal`, then the vector of a text, for each part.
struct VectorPlace {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Part {
    std::string literal{};
    std::size_t text = kNone;
    std::vector<std::size_t> mean_of{};  // of a document: the texts of its chunks
  };
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<Part> parts{};
  bool of_document = false;  // the one part is the mean of `mean_of`
  bool optional = true;      // left out where the model knows nothing of its text; otherwise null
};

struct WriteTexts {
  std::vector<WriteText> texts{};
  std::vector<VectorPlace> places{};  // by offset
};

// Errors: kValidation: a source that is no string, a patch of a source, too many inputs. A body of
// another shape has no texts from there on.
Result<WriteTexts> find_write_texts(std::string_view body, const Profiles& profiles);

// The replacements that put the vectors in; vectors[i] is that of texts[i], empty where there is
// none.
std::vector<json::Replacement> place_vectors(const std::vector<VectorPlace>& places,
                                             const std::vector<const std::vector<float>*>& vectors);

}  // namespace layer::features::embed
