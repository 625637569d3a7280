#include "engine/text/analyzer.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/text/fragments.h"
#include "engine/text/stopwords.h"
#include "engine/text/token_query.h"
#include "testing/source_dir.h"

namespace layer::engine::text {
namespace {

// One block of a file in tests/cases/analyzer: "key: value" lines, a key may repeat.
struct Case {
  std::string name;
  wire::FullTextConfig config;
  std::vector<std::string> texts;
  std::map<std::string, std::vector<std::string>> lines;

  std::vector<std::string> words(const std::string& key) const {
    std::vector<std::string> all;
    if (lines.contains(key)) {
      for (const std::string& line : lines.at(key)) {
        std::istringstream in(line);
        for (std::string word; in >> word;) {
          all.push_back(word);
        }
      }
    }
    return all;
  }
};

void configure(wire::FullTextConfig& config, const std::string& option) {
  const std::size_t equals = option.find('=');
  const std::string key = option.substr(0, equals);
  const std::string value = option.substr(equals + 1);
  if (key == "tokenizer") {
    config.tokenizer = wire::tokenizer_named(value).value();
    config.case_sensitive |= config.tokenizer == wire::Tokenizer::kPreTokenizedArray;
  } else if (key == "language") {
    config.language = wire::language_named(value).value();
  } else if (key == "max_token_length") {
    config.max_token_length = static_cast<std::uint32_t>(std::stoul(value));
  } else if (key == "stemming") {
    config.stemming = value == "true";
  } else if (key == "remove_stopwords") {
    config.remove_stopwords = value == "true";
  } else if (key == "ascii_folding") {
    config.ascii_folding = value == "true";
  } else if (key == "case_sensitive") {
    config.case_sensitive = value == "true";
  } else {
    FAIL() << "unknown option " << option;
  }
}

std::vector<Case> read_cases(const std::string& file) {
  std::ifstream in(testing::source_dir() / "tests/cases/analyzer" / file);
  EXPECT_TRUE(in) << file;
  std::vector<Case> cases;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string key = line.substr(0, colon);
    const std::string value = colon + 2 <= line.size() ? line.substr(colon + 2) : "";
    if (key == "case") {
      cases.emplace_back().name = value;
    } else if (key == "config") {
      std::istringstream options(value);
      for (std::string option; options >> option;) {
        configure(cases.back().config, option);
      }
    } else if (key == "text") {
      cases.back().texts.push_back(value);
    } else {
      cases.back().lines[key].push_back(value);
    }
  }
  EXPECT_FALSE(cases.empty());
  return cases;
}

TokenQuery query_of(const wire::FullTextConfig& config, std::string_view text) {
  return {config, std::span(&text, 1), false};
}

std::vector<std::string> analyze(const wire::FullTextConfig& config, std::string_view text) {
  const Analyzer analyzer(config);
  TokenStream stream;
  analyzer.analyze(text, stream);
  std::vector<std::string> tokens;
  for (const Token& token : stream.tokens()) {
    tokens.emplace_back(token.text);
  }
  return tokens;
}

TEST(Analyzer, FindsWhatTheStoreFinds) {
  for (const Case& each : read_cases("store_probe.txt")) {
    SCOPED_TRACE(each.name);
    const Analyzer analyzer(each.config);
    std::vector<std::string> found;
    for (const std::string& query : each.words("queries")) {
      if (contains_any_token(analyzer, query_of(each.config, query), wire::Value(each.texts[0]))) {
        found.push_back(query);
      }
    }
    EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(each.words("finds")));
  }
}

TEST(Analyzer, GivesTokensAndPositions) {
  for (const Case& each : read_cases("tokens.txt")) {
    SCOPED_TRACE(each.name);
    const Analyzer analyzer(each.config);
    TokenStream stream;
    std::uint32_t position = 0;
    std::vector<std::string> found;
    for (const std::string& text : each.texts) {
      analyzer.analyze(text, stream, position);
      position = stream.next_position();
      for (const Token& token : stream.tokens()) {
        std::string shown(token.text);
        std::ranges::replace(shown, ' ', '~');
        found.push_back(shown + "@" + std::to_string(token.position));
      }
    }
    EXPECT_EQ(found, each.words("tokens"));
  }
}

TEST(Analyzer, SequencesMatchPositionsExactly) {
  for (const Case& each : read_cases("sequences.txt")) {
    SCOPED_TRACE(each.name);
    const Analyzer analyzer(each.config);
    const wire::Value value = each.texts;
    for (const auto& [key, queries] : each.lines) {
      for (const std::string& query : queries) {
        EXPECT_EQ(contains_token_sequence(analyzer, query_of(each.config, query), value),
                  key == "sequence")
            << query;
      }
    }
  }
}

TEST(Analyzer, RangesPointAtTheRawWord) {
  const Analyzer analyzer({.stemming = true, .ascii_folding = true});
  const std::string text = "Foxes, naïve CAFÉS";
  TokenStream stream;
  analyzer.analyze(text, stream);
  std::vector<std::string> raw;
  for (const Token& token : stream.tokens()) {
    raw.push_back(text.substr(token.begin, token.end - token.begin));
  }
  EXPECT_THAT(raw, ::testing::ElementsAre("Foxes", "naïve", "CAFÉS"));
}

TEST(Analyzer, TokensStayValidWhileTheStreamGrowsAndMoves) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 20000; ++i) {
    text += "WORD" + std::to_string(i) + " ";
    expected.push_back("word" + std::to_string(i));
  }
  const Analyzer analyzer((wire::FullTextConfig{}));
  TokenStream first;
  analyzer.analyze(text, first);
  analyzer.analyze(text, first);  // reuses the memory of the first run
  const TokenStream moved = std::move(first);
  ASSERT_EQ(moved.tokens().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(moved.tokens()[i].text, expected[i]);
  }
}

TEST(Analyzer, EveryLanguageHasAStemmer) {
  const std::map<wire::Language, std::pair<std::string, std::string>> samples = {
      {wire::Language::kArabic, {"الكتاب", "كتاب"}},
      {wire::Language::kDanish, {"undervisningen", "undervisning"}},
      {wire::Language::kDutch, {"opgelopen", "opgelop"}},
      {wire::Language::kEnglish, {"running", "run"}},
      {wire::Language::kFinnish, {"talossa", "talo"}},
      {wire::Language::kFrench, {"continuellement", "continuel"}},
      {wire::Language::kGerman, {"aufeinander", "aufeinand"}},
      {wire::Language::kGreek, {"αγαπησαμε", "αγαπ"}},
      {wire::Language::kHungarian, {"házak", "ház"}},
      {wire::Language::kItalian, {"pronunciamento", "pronunc"}},
      {wire::Language::kNorwegian, {"havnedistriktene", "havnedistrikt"}},
      {wire::Language::kPortuguese, {"quilométricas", "quilométr"}},
      {wire::Language::kRomanian, {"copiilor", "cop"}},
      {wire::Language::kRussian, {"важнейшие", "важн"}},
      {wire::Language::kSpanish, {"cheques", "chequ"}},
      {wire::Language::kSwedish, {"klostergården", "klostergård"}},
      {wire::Language::kTamil, {"புத்தகங்கள்", "புத்தகம்"}},
      {wire::Language::kTurkish, {"kitaplar", "kitap"}},
  };
  for (const auto& [language, sample] : samples) {
    EXPECT_THAT(analyze({.language = language, .stemming = true}, sample.first),
                ::testing::ElementsAre(sample.second))
        << wire::name(language);
  }
}

TEST(StopWords, ExistForThirteenLanguages) {
  std::size_t lists = 0;
  for (int i = 0; i <= static_cast<int>(wire::Language::kTurkish); ++i) {
    lists += StopWords::of(static_cast<wire::Language>(i)) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(lists, 13);
  const StopWords& english = *StopWords::of(wire::Language::kEnglish);
  EXPECT_EQ(english.size(), 33);
  for (const std::string_view word : {"a", "the", "with", "their", "into"}) {
    EXPECT_TRUE(english.contains(word)) << word;
  }
  for (const std::string_view word : {"", "from", "can", "has", "up", "you", "them", "thee"}) {
    EXPECT_FALSE(english.contains(word)) << word;
  }
  EXPECT_TRUE(StopWords::of(wire::Language::kFrench)->contains("même"));
  EXPECT_TRUE(StopWords::of(wire::Language::kRussian)->contains("между"));
}

TEST(SharedAnalyzer, ServesManyThreadsAtOnce) {
  const wire::FullTextConfig config{
      .stemming = true, .remove_stopwords = true, .ascii_folding = true};
  const std::string text = "The Foxes were running to naïve cafés in 東京 and Αθήνα";
  const std::vector<std::string> expected = analyze(config, text);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      TokenStream stream;
      for (int round = 0; round < 200; ++round) {
        shared_analyzer(config)->analyze(text, stream);
        ASSERT_EQ(stream.tokens().size(), expected.size());
        for (std::size_t at = 0; at < expected.size(); ++at) {
          ASSERT_EQ(stream.tokens()[at].text, expected[at]);
        }
        ASSERT_EQ(
            split_fragments("One. Two.", stream.tokens(), wire::Highlight::FragmentBy::kSentence)
                .size(),
            2);
      }
    });
  }
}

TEST(SharedAnalyzer, IsTheSameForTheSameConfiguration) {
  const wire::FullTextConfig plain;
  const wire::FullTextConfig stemmed{.stemming = true};
  EXPECT_EQ(shared_analyzer(plain), shared_analyzer(plain));
  EXPECT_NE(shared_analyzer(plain), shared_analyzer(stemmed));
}

}  // namespace
}  // namespace layer::engine::text
