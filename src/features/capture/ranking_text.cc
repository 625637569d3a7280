#include "features/capture/ranking_text.h"

#include <algorithm>
#include <vector>

#include "features/namespaces/slices.h"
#include "json/lexer.h"

namespace layer::features::capture {
namespace {

namespace namespaces = features::namespaces;
using json::Token;

// Shorter lists of numbers are options, not vectors.
constexpr std::uint64_t kComponentsMin = 3;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_vector_rank(std::string_view kind) {
  return kind == "ANN" || kind == "kNN";
}

bool is_text_rank(std::string_view kind) {
  return kind == "BM25" || kind == "HybridText" || kind == "Auto";
}

// An array of numbers and nothing else. No early exit, so that long vectors are looked at in
// blocks.
bool is_numbers(std::string_view json) {
  if (!json.starts_with('[')) {
    return false;
  }
  const auto first = std::find_if_not(json.begin() + 1, json.end(), is_space);
  if (first == json.end() || (*first != '-' && (*first < '0' || *first > '9'))) {
    return false;
  }
  return std::count_if(json.begin() + 1, json.end(),
                       [](char c) { return c == '[' || c == '{' || c == '"'; }) == 0;
}

struct Item {
  Token token;
  std::string_view text;
};
std::vector<Item> items(std::string_view array) {
  std::vector<Item> out;
  for (const namespaces::Slice& slice : namespaces::items_of(array)) {
    out.push_back({.token = slice.token, .text = slice.of(array)});
  }
  return out;
}

void print_length(json::Writer& out, std::uint64_t components) {
  out.begin_object().member("vector_len", components).end_object();
}

// `vector`: a string in this place is one.
void print_without_vectors(json::Writer& out, std::string_view json, bool vector) {
  if (is_numbers(json) && vector_length(json) >= kComponentsMin) {
    return print_length(out, vector_length(json));
  }
  if (vector && json.starts_with('"')) {
    return print_length(out, vector_length(json));
  }
  if (json.starts_with('[')) {
    const auto parts = items(json);
    const bool ranks = parts.size() > 2 && is_vector_rank(namespaces::string_of(parts[1].text));
    out.begin_array();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      print_without_vectors(out, parts[i].text, ranks && i == 2);
    }
    out.end_array();
  } else if (json.starts_with('{')) {
    out.begin_object();
    for (const namespaces::Member& member : namespaces::members_of(json)) {
      out.key(member.name);
      print_without_vectors(out, member.value.of(json), member.name == "vector");
    }
    out.end_object();
  } else {
    out.raw(json);
  }
}

std::string without_vectors(std::string_view json) {
  json::Writer out;
  print_without_vectors(out, json, false);
  return std::move(out).take();
}

// The words of an operand: a text, ["Embed", text], or several texts.
std::string words_of(std::string_view operand) {
  if (operand.starts_with('"')) {
    return namespaces::string_of(operand);
  }
  std::string out;
  if (operand.starts_with('[') && !is_numbers(operand)) {
    const auto parts = items(operand);
    const bool embeds = parts.size() > 1 && parts[0].token == Token::kString &&
                        parts[1].token == Token::kString &&
                        namespaces::string_of(parts[0].text) == "Embed";
    if (embeds) {
      return namespaces::string_of(parts[1].text);
    }
    for (const Item& part : parts) {
      if (part.token != Token::kString) {
        return {};
      }
      out += out.empty() ? "" : " ";
      out += namespaces::string_of(part.text);
    }
  }
  return out;
}

// The first text that a part of an expression looks for.
std::string find_words(std::string_view expression) {
  const auto parts = items(expression);
  if (parts.size() > 2 && parts[0].token == Token::kString && parts[1].token == Token::kString) {
    return is_text_rank(namespaces::string_of(parts[1].text)) ? words_of(parts[2].text) : "";
  }
  for (const Item& part : parts) {
    if (part.token == Token::kBeginArray && !is_numbers(part.text)) {
      if (std::string words = find_words(part.text); !words.empty()) {
        return words;
      }
    }
  }
  return {};
}

Ranking describe_pair(const std::vector<Item>& parts, std::string_view rank_by) {
  Ranking out;
  out.field = namespaces::string_of(parts[0].text);
  out.kind = namespaces::string_of(parts[1].text);
  if (parts.size() < 3) {
    return out;
  }
  const std::string_view operand = parts[2].text;
  if (is_vector_rank(out.kind)) {
    if (operand.starts_with('"') || is_numbers(operand)) {
      out.vector_len = vector_length(operand);
    } else {
      out.text = words_of(operand);
    }
  } else {
    out.text = words_of(operand);
  }
  const bool routed = out.kind == "HybridText" || out.kind == "Auto";
  if (routed || parts.size() > 3) {
    out.expression = without_vectors(rank_by);
  }
  return out;
}

}  // namespace

std::uint64_t vector_length(std::string_view vector) {
  if (vector.starts_with('[')) {
    const auto commas = static_cast<std::uint64_t>(std::ranges::count(vector, ','));
    return is_numbers(vector) ? commas + 1 : 0;
  }
  if (!vector.starts_with('"') || vector.size() < 2) {
    return 0;
  }
  std::string_view base64 = vector.substr(1, vector.size() - 2);
  while (base64.ends_with('=')) {
    base64.remove_suffix(1);
  }
  return base64.size() * 3 / 4 / sizeof(float);
}

std::string compact(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) {
        out += json[++i];
      } else if (c == '"') {
        in_text = false;
      }
    } else if (!is_space(c)) {
      out += c;
      in_text = c == '"';
    }
  }
  return out;
}

Ranking describe_ranking(std::string_view rank_by) {
  Ranking out;
  if (!json::is_utf8(rank_by)) {
    return out;
  }
  const auto parts = items(rank_by);
  if (parts.size() >= 2 && parts[0].token == Token::kString && parts[1].token == Token::kString) {
    return describe_pair(parts, rank_by);
  }
  if (!parts.empty() && parts[0].token == Token::kString) {
    out.kind = namespaces::string_of(parts[0].text);
  } else if (!parts.empty() && parts[0].token == Token::kBeginArray) {
    out.kind = "order";
  }
  out.text = find_words(rank_by);
  out.expression = without_vectors(rank_by);
  return out;
}

void put_ranking(json::Writer& out, const Ranking& ranking) {
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      out.member(name, value);
    }
  };
  put("kind", ranking.kind);
  put("field", ranking.field);
  put("text", ranking.text);
  if (ranking.vector_len) {
    out.member("vector_len", *ranking.vector_len);
  }
  if (!ranking.expression.empty()) {
    out.key("expression").raw(compact(ranking.expression));
  }
}

}  // namespace layer::features::capture
