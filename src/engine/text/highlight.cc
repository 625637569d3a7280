#include "engine/text/highlight.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "core/limits.h"
#include "engine/text/analyzer.h"
#include "engine/text/bm25.h"
#include "engine/text/fragments.h"
#include "engine/text/offsets.h"
#include "engine/text/token_query.h"

namespace layer::engine::text {
namespace {

using Op = wire::ScoreExpr::Op;

// A query term or a prefix, whichever clauses it comes from.
using Feature = std::uint32_t;

struct ClauseTerm {
  Feature feature = 0;
  float occurrences = 0;
};

// One node of the score: a BM25 clause or an operation over others.
struct Node {
  Op op = Op::kConstant;
  float constant = 0;
  std::vector<Node> children{};
  std::vector<ClauseTerm> terms{};
  std::optional<Feature> prefix{};
};

void collect_clauses(const wire::ScoreExpr& expr, std::string_view attribute,
                     std::vector<wire::ScoreExpr>& out) {
  if (expr.op == Op::kBm25 && expr.attribute == attribute) {
    out.push_back(expr);
  }
  for (const wire::ScoreExpr& child : expr.children) {
    collect_clauses(child, attribute, out);
  }
}

}  // namespace

std::optional<wire::ScoreExpr> implied_fragment_score(const wire::RankBy& rank_by,
                                                      std::string_view attribute) {
  const auto* expr = std::get_if<wire::ScoreExpr>(&rank_by);
  if (expr == nullptr) {
    return std::nullopt;
  }
  std::vector<wire::ScoreExpr> clauses;
  collect_clauses(*expr, attribute, clauses);
  if (clauses.size() <= 1) {
    return clauses.empty() ? std::nullopt : std::optional(std::move(clauses.front()));
  }
  return wire::ScoreExpr{.op = Op::kSum, .children = std::move(clauses)};
}

struct Highlighter::Program {
  wire::FullTextConfig config;
  std::string attribute;
  wire::Highlight::FragmentBy fragment_by = wire::Highlight::FragmentBy::kSentence;
  std::size_t fragment_limit = 0;
  std::optional<wire::Highlight::Offsets> offsets;
  std::shared_ptr<const Analyzer> analyzer;
  Node root;
  std::unordered_map<std::string, Feature> terms;
  std::vector<std::pair<std::string, Feature>> prefixes;
  Feature features = 0;

  Result<Node> compile_node(const wire::ScoreExpr& expr);
  Node compile_clause(const wire::ScoreExpr& expr);
  // Calls visit(feature) for what `token` counts as.
  template <class Visit>
  void features_of(std::string_view token, std::string& key, Visit&& visit) const;
};

Node Highlighter::Program::compile_clause(const wire::ScoreExpr& expr) {
  const TokenQuery query = TokenQuery::of(config, expr.operand, expr.last_as_prefix);
  Node node{.op = Op::kBm25};
  for (const QueryTerm& term : query.terms()) {
    const auto [at, added] = terms.try_emplace(term.text, features);
    features += added ? 1 : 0;
    node.terms.push_back(
        {.feature = at->second, .occurrences = static_cast<float>(term.occurrences)});
  }
  if (query.prefix()) {
    node.prefix = features;
    prefixes.emplace_back(*query.prefix(), features++);
  }
  return node;
}

Result<Node> Highlighter::Program::compile_node(const wire::ScoreExpr& expr) {
  if (expr.op == Op::kBm25 &&
      (expr.attribute == kFragmentAttribute || expr.attribute == attribute)) {
    return compile_clause(expr);
  }
  if (expr.op == Op::kConstant) {
    return Node{.op = expr.op, .constant = static_cast<float>(expr.constant)};
  }
  if (expr.op != Op::kSum && expr.op != Op::kMax && expr.op != Op::kProduct) {
    return fail(ErrorCode::kInvalidArgument,
                "rank_fragments_by takes BM25 clauses over $fragment and their Sum, Max and "
                "Product only");
  }
  Node node{.op = expr.op};
  for (const wire::ScoreExpr& child : expr.children) {
    LAYER_ASSIGN(node.children.emplace_back(), compile_node(child));
  }
  return node;
}

template <class Visit>
void Highlighter::Program::features_of(std::string_view token, std::string& key,
                                       Visit&& visit) const {
  key.assign(token);
  if (const auto at = terms.find(key); at != terms.end()) {
    visit(at->second);
  }
  for (const auto& [prefix, feature] : prefixes) {
    if (token.starts_with(prefix)) {
      visit(feature);
    }
  }
}

Result<Highlighter> Highlighter::compile(const wire::FullTextConfig& config,
                                         const wire::Highlight& options,
                                         const wire::ScoreExpr& score) {
  if (config.tokenizer == wire::Tokenizer::kPreTokenizedArray) {
    return std::unexpected(
        Error{.code = ErrorCode::kInvalidArgument,
              .message = "cannot highlight the pre-tokenized attribute '" + options.attribute + "'",
              .attribute = options.attribute});
  }
  if (options.fragment_limit < 1 ||
      options.fragment_limit > core::limits::highlight_fragments_max) {
    return fail(ErrorCode::kInvalidArgument, "fragment_limit must be between 1 and 1024");
  }
  auto program = std::make_shared<Program>();
  program->config = config;
  program->attribute = options.attribute;
  program->fragment_by = options.fragment_by;
  program->fragment_limit = static_cast<std::size_t>(options.fragment_limit);
  program->offsets = options.include_offsets;
  program->analyzer = shared_analyzer(config);
  LAYER_ASSIGN(program->root, program->compile_node(score));
  Highlighter highlighter;
  highlighter.program_ = std::move(program);
  return highlighter;
}

namespace {

struct Fragment {
  std::uint32_t element = 0;
  TextRange range;
  std::uint32_t length = 0;  // tokens
};

// A token of a fragment that counts as a feature.
struct Hit {
  std::uint32_t fragment = 0;
  Feature feature = 0;
  TextRange range;
};

// Everything found in one value, in order of place.
struct Findings {
  std::vector<Fragment> fragments;
  std::vector<Hit> hits;
};

struct Scored {
  float score = 0;
  std::uint32_t fragment = 0;
  std::span<const Hit> hits;
};

Findings find_matches(const Highlighter::Program& program,
                      const std::vector<std::string_view>& texts) {
  Findings found;
  TokenStream stream;
  std::string key;
  for (std::uint32_t element = 0; element < texts.size(); ++element) {
    program.analyzer->analyze(texts[element], stream);
    const auto& tokens = stream.tokens();
    std::size_t token = 0;
    for (const TextRange range : split_fragments(texts[element], tokens, program.fragment_by)) {
      const auto number = static_cast<std::uint32_t>(found.fragments.size());
      Fragment& fragment = found.fragments.emplace_back(Fragment{element, range, 0});
      for (; token < tokens.size() && tokens[token].begin < range.end; ++token) {
        const TextRange at{tokens[token].begin, tokens[token].end};
        if (at.begin < range.begin || at.end > range.end) {
          continue;
        }
        ++fragment.length;
        program.features_of(tokens[token].text, key, [&](Feature feature) {
          found.hits.push_back({.fragment = number, .feature = feature, .range = at});
        });
      }
    }
  }
  return found;
}

// BM25 with the fragments of one value as its corpus.
class Scorer {
 public:
  Scorer(const Highlighter::Program& program, const Findings& found)
      : program_(program),
        found_(found),
        document_frequency_(program.features),
        term_frequency_(program.features) {
    std::uint64_t tokens = 0;
    std::uint64_t with_tokens = 0;
    for (const Fragment& fragment : found.fragments) {
      tokens += fragment.length;
      with_tokens += fragment.length > 0 ? 1 : 0;
    }
    if (with_tokens > 0) {
      average_length_ = static_cast<float>(tokens) / static_cast<float>(with_tokens);
    }
    for_each_matching([&](std::uint32_t, std::span<const Hit> hits) {
      count(hits);
      for (const Hit& hit : hits) {
        if (std::exchange(term_frequency_[hit.feature], 0) > 0) {
          ++document_frequency_[hit.feature];
        }
      }
    });
  }

  std::vector<Scored> score_all() {
    std::vector<Scored> all;
    for_each_matching([&](std::uint32_t fragment, std::span<const Hit> hits) {
      count(hits);
      const float score = evaluate(program_.root, found_.fragments[fragment]);
      if (score > 0) {
        all.push_back({.score = score, .fragment = fragment, .hits = hits});
      }
      for (const Hit& hit : hits) {
        term_frequency_[hit.feature] = 0;
      }
    });
    return all;
  }

 private:
  // Hits of one fragment stand together.
  template <class Visit>
  void for_each_matching(Visit&& visit) const {
    const std::span<const Hit> all = found_.hits;
    for (std::size_t begin = 0; begin < all.size();) {
      std::size_t end = begin;
      while (end < all.size() && all[end].fragment == all[begin].fragment) {
        ++end;
      }
      visit(all[begin].fragment, all.subspan(begin, end - begin));
      begin = end;
    }
  }

  void count(std::span<const Hit> hits) {
    for (const Hit& hit : hits) {
      ++term_frequency_[hit.feature];
    }
  }

  float evaluate(const Node& node, const Fragment& fragment) const {
    switch (node.op) {
      case Op::kBm25:
        return clause_score(node, fragment);
      case Op::kSum: {
        float sum = 0;
        for (const Node& child : node.children) {
          sum += evaluate(child, fragment);
        }
        return sum;
      }
      case Op::kMax: {
        // A constant is a floor for what matches; it makes nothing match.
        float best = 0;
        float floor = 0;
        for (const Node& child : node.children) {
          float& target = child.op == Op::kConstant ? floor : best;
          target = std::max(target, evaluate(child, fragment));
        }
        return best > 0 ? std::max(best, floor) : 0;
      }
      case Op::kProduct: {
        float product = 1;
        for (const Node& child : node.children) {
          product *= evaluate(child, fragment);
        }
        return product;
      }
      default:
        return node.constant;
    }
  }

  float clause_score(const Node& clause, const Fragment& fragment) const {
    float score = 0;
    for (const ClauseTerm& term : clause.terms) {
      if (term_frequency_[term.feature] == 0) {
        continue;
      }
      const Bm25Weight weight = bm25_weight(
          program_.config, static_cast<float>(found_.fragments.size()),
          static_cast<float>(document_frequency_[term.feature]), term.occurrences, average_length_);
      score += weight.score(static_cast<float>(term_frequency_[term.feature]),
                            static_cast<float>(fragment.length));
    }
    const bool prefix = clause.prefix && term_frequency_[*clause.prefix] > 0;
    return prefix ? score + 1.0F : score;
  }

  const Highlighter::Program& program_;
  const Findings& found_;
  std::vector<std::uint32_t> document_frequency_;  // by feature
  std::vector<std::uint32_t> term_frequency_;      // by feature, of the fragment at hand
  float average_length_ = 1;
};

void keep_best(std::vector<Scored>& scored, std::size_t limit) {
  const std::size_t kept = std::min(limit, scored.size());
  std::ranges::partial_sort(scored, scored.begin() + static_cast<std::ptrdiff_t>(kept),
                            [](const Scored& a, const Scored& b) {
                              return a.score != b.score ? a.score > b.score
                                                        : a.fragment < b.fragment;
                            });
  scored.resize(kept);
}

wire::HighlightFragment describe(const Fragment& fragment, std::span<const Hit> hits,
                                 std::string_view text, bool offsets, bool array) {
  const TextRange range = fragment.range;
  wire::HighlightFragment out;
  out.text = text.substr(range.begin, range.end - range.begin);
  if (!offsets) {
    return out;
  }
  out.fragment_range = {range.begin, range.end};
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (i == 0 || hits[i].range != hits[i - 1].range) {
      out.match_ranges.emplace_back(hits[i].range.begin, hits[i].range.end);
    }
  }
  if (array) {
    out.array_index = fragment.element;
  }
  return out;
}

}  // namespace

wire::HighlightResult Highlighter::run(const wire::Value& value) const {
  const std::vector<std::string_view> texts = texts_of(value);
  const Findings found = find_matches(*program_, texts);
  std::vector<Scored> best = Scorer(*program_, found).score_all();
  keep_best(best, program_->fragment_limit);

  const bool array = std::holds_alternative<std::vector<std::string>>(value);
  wire::HighlightResult result;
  std::vector<std::vector<std::uint64_t*>> offsets(texts.size());
  result.reserve(best.size());
  for (const Scored& each : best) {
    const Fragment& fragment = found.fragments[each.fragment];
    auto& out = result.emplace_back(describe(fragment, each.hits, texts[fragment.element],
                                             program_->offsets.has_value(), array));
    if (out.fragment_range) {
      auto& list = offsets[fragment.element];
      list.insert(list.end(), {&out.fragment_range->first, &out.fragment_range->second});
      for (auto& [begin, end] : out.match_ranges) {
        list.insert(list.end(), {&begin, &end});
      }
    }
  }
  for (std::size_t i = 0; program_->offsets && i < texts.size(); ++i) {
    convert_offsets(texts[i], offsets[i], *program_->offsets);
  }
  return result;
}

}  // namespace layer::engine::text
