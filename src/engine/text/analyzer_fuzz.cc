// Any text under any configuration: no crash, tokens inside the text, positions ascending, the same
// answer twice, and the same words with and without the ASCII path.
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/text/analyzer.h"
#include "engine/text/fragments.h"
#include "engine/text/word_break.h"
#include "testing/fuzz.h"

namespace {

using namespace layer;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

wire::FullTextConfig config_of(const std::uint8_t* bytes) {
  wire::FullTextConfig config;
  config.tokenizer = static_cast<wire::Tokenizer>(bytes[0] % 6);
  config.language = static_cast<wire::Language>(bytes[1] % 18);
  config.case_sensitive = (bytes[2] & 1U) != 0;
  config.stemming = (bytes[2] & 2U) != 0 && !config.case_sensitive;
  config.remove_stopwords = (bytes[2] & 4U) != 0 && !config.case_sensitive;
  config.ascii_folding = (bytes[2] & 8U) != 0;
  config.max_token_length = 1U + bytes[3] % 255;
  return config;
}

void check_segments(std::string_view text) {
  std::size_t words = 0;
  engine::text::for_each_word(text, [&](const engine::text::Segment& segment) {
    ++words;
    const auto general = engine::text::next_segment(text, segment.begin);
    require(general.end == segment.end && general.ascii == segment.ascii);
  });
  for (std::size_t pos = 0; pos < text.size();) {
    const auto segment = engine::text::next_segment(text, pos);
    require(segment.begin == pos && segment.end > pos && segment.end <= text.size());
    words -= segment.word_like ? 1 : 0;
    pos = segment.end;
  }
  require(words == 0);
}

}  // namespace

LAYER_FUZZ_TARGET(analyzer_fuzz) {
  constexpr std::size_t kHeader = 5;
  if (size < kHeader) {
    return;
  }
  const std::string text(reinterpret_cast<const char*>(data + kHeader), size - kHeader);
  check_segments(text);

  const auto config = config_of(data);
  const auto analyzer = engine::text::shared_analyzer(config);
  engine::text::TokenStream first;
  analyzer->analyze(text, first, 7);
  std::uint32_t position = 7;
  for (const auto& token : first.tokens()) {
    require(token.position >= position && token.begin <= token.end && token.end <= text.size());
    position = token.position + 1;
  }
  require(first.next_position() >= position);

  engine::text::TokenStream second;
  analyzer->analyze(text, second, 7);
  require(first.tokens().size() == second.tokens().size());
  for (std::size_t i = 0; i < first.tokens().size(); ++i) {
    require(first.tokens()[i].text == second.tokens()[i].text);
  }

  std::size_t end = 0;
  const auto by = static_cast<wire::Highlight::FragmentBy>(data[4] % 4);
  for (const auto& fragment : engine::text::split_fragments(text, first.tokens(), by)) {
    require(fragment.begin >= end && fragment.begin <= fragment.end && fragment.end <= text.size());
    end = fragment.end;
  }
}
