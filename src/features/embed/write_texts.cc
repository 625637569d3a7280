#include "features/embed/write_texts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "core/text.h"
#include "json/unescape.h"
#include "json/wrong_member.h"
#include "wire/base64.h"
#include "wire/reserved_names.h"

namespace layer::features::embed {
namespace {

using json::Token;

class Scanner {
 public:
  Scanner(std::string_view body, const Profiles& profiles) : profiles_(profiles), lexer_(body) {}

  Result<WriteTexts> run() {
    if (lexer_.next() == Token::kBeginObject) {
      while (more_ && lexer_.next() == Token::kKey) {
        LAYER_TRY(operation(std::string(json::text_of(lexer_, scratch_))));
      }
    }
    std::ranges::sort(out_.places, {}, &VectorPlace::begin);
    return std::move(out_);
  }

 private:
  // One item of a column, or the value of a row's member.
  struct Value {
    Span span{};
    Token token = Token::kNull;
    std::string text{};  // of a string that is a source
  };
  // What a row, or columns, say of one profile.
  struct Found {
    std::optional<Value> source{};
    std::optional<Value> target{};
  };

  Result<void> operation(const std::string& name) {
    const Token token = lexer_.next();
    if (name == "upsert_rows" && token == Token::kBeginArray) {
      return rows(&Scanner::upserted_row);
    }
    if (name == "patch_rows" && token == Token::kBeginArray) {
      return rows(&Scanner::patched);
    }
    if (name == "upsert_columns" && token == Token::kBeginObject) {
      return columns();
    }
    if (name == "patch_columns" && token == Token::kBeginObject) {
      return patched();
    }
    if (name == "patch_by_filter" && token == Token::kBeginObject) {
      return filter_patch();
    }
    more_ = span_of(lexer_, token).has_value();
    return {};
  }

  Result<void> rows(Result<void> (Scanner::*row)()) {
    for (row_ = 0; more_; ++row_) {
      const Token token = lexer_.next();
      if (token == Token::kEndArray) {
        return {};
      }
      if (token != Token::kBeginObject) {
        break;
      }
      LAYER_TRY((this->*row)());
    }
    more_ = false;
    return {};
  }

  // Reads a value and keeps its text when it is a string.
  bool read(Value& value) {
    value.token = lexer_.next();
    if (value.token == Token::kString) {
      value.text = std::string(json::text_of(lexer_, scratch_));
    }
    const auto span = span_of(lexer_, value.token);
    more_ = span.has_value();
    value.span = span.value_or(Span{});
    return more_;
  }

  Result<void> upserted_row() {
    std::vector<Found> found(profiles_.size());
    bool chunk = false;  // not the document itself
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      const std::string name(json::text_of(lexer_, scratch_));
      Value value;
      if (!read(value)) {
        return {};
      }
      chunk = chunk || name == wire::kParentAttribute;
      for (std::size_t i = 0; i < profiles_.size(); ++i) {
        if (profiles_[i].attribute == name) {
          found[i].source = value;
        } else if (profiles_[i].target == name) {
          found[i].target = value;
        }
      }
    }
    more_ = token == Token::kEndObject;
    const auto end = static_cast<std::size_t>(lexer_.begin());
    for (std::size_t i = 0; more_ && i < profiles_.size(); ++i) {
      if (chunk || !profiles_[i].is_chunked()) {
        LAYER_TRY(place_in_row(i, found[i], end));
      } else {
        begin_document(profiles_[i], found[i], end);
      }
    }
    return {};
  }

  // A row whose chunks follow: its vector is their mean.
  void begin_document(const Profile& profile, const Found& found, std::size_t end) {
    document_.reset();
    if (!found.source || (found.target && found.target->token != Token::kNull)) {
      return;
    }
    document_ = out_.places.size();
    out_.places.push_back(place_for(profile, found, end));
    out_.places.back().of_document = true;
  }

  static VectorPlace place_for(const Profile& profile, const Found& found, std::size_t end) {
    if (found.target) {
      return {.begin = found.target->span.begin,
              .end = found.target->span.end,
              .parts = {{}},
              .optional = false};
    }
    // The source stands before it in the row.
    return {.begin = end,
            .end = end,
            .parts = {{.literal = "," + core::json_string(profile.target) + ":"}}};
  }

  Result<void> place_in_row(std::size_t profile, Found& found, std::size_t end) {
    const bool own = found.target && found.target->token != Token::kNull;
    if (own || !found.source || found.source->token == Token::kNull) {
      return {};
    }
    LAYER_TRY(check(profile, *found.source, row_, "upsert_rows"));
    LAYER_ASSIGN(const std::size_t text, add(profile, std::move(found.source->text)));
    if (profiles_[profile].is_chunked() && document_) {
      out_.places[*document_].parts.front().mean_of.push_back(text);
    }
    VectorPlace place = place_for(profiles_[profile], found, end);
    place.parts.front().text = text;
    out_.places.push_back(std::move(place));
    return {};
  }

  Result<void> check(std::size_t profile, const Value& value, std::size_t row,
                     std::string_view operation) const {
    if (value.token == Token::kString) {
      return {};
    }
    const std::string& attribute = profiles_[profile].attribute;
    return json::wrong_member(operation == "upsert_rows"
                                  ? fmt::format("upsert_rows[{}].{}", row, attribute)
                                  : fmt::format("upsert_columns.{}[{}]", attribute, row),
                              "is embedded, so it must be a string or null");
  }

  Result<std::size_t> add(std::size_t profile, std::string text) {
    if (out_.texts.size() == kInputsMax) {
      return json::wrong_member("upsert_rows",
                                fmt::format("at most {} texts are embedded in one request; send "
                                            "several",
                                            kInputsMax));
    }
    out_.texts.push_back({.profile = profile, .text = std::move(text)});
    return out_.texts.size() - 1;
  }

  // Columns of sources and targets, item by item; the rest is passed over.
  Result<void> columns() {
    std::vector<std::optional<std::vector<Value>>> sources(profiles_.size());
    std::vector<std::optional<std::vector<Value>>> targets(profiles_.size());
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      const std::string name(json::text_of(lexer_, scratch_));
      const Token first = lexer_.next();
      const auto wanted = [&](const Profile& p) { return p.attribute == name || p.target == name; };
      if (first != Token::kBeginArray || std::ranges::none_of(profiles_, wanted)) {
        more_ = span_of(lexer_, first).has_value();
        if (!more_) {
          return {};
        }
        continue;
      }
      std::vector<Value> values;
      if (!items(values)) {
        return {};
      }
      for (std::size_t i = 0; i < profiles_.size(); ++i) {
        if (profiles_[i].attribute == name) {
          sources[i] = values;
        } else if (profiles_[i].target == name) {
          targets[i] = values;
        }
      }
    }
    more_ = token == Token::kEndObject;
    const auto end = static_cast<std::size_t>(lexer_.begin());
    for (std::size_t i = 0; more_ && i < profiles_.size(); ++i) {
      if (sources[i]) {
        LAYER_TRY(place_in_columns(i, *sources[i], targets[i], end));
      }
    }
    return {};
  }

  // The items of an array whose bracket was read.
  bool items(std::vector<Value>& out) {
    for (;;) {
      Value value;
      value.token = lexer_.next();
      if (value.token == Token::kEndArray) {
        return true;
      }
      if (value.token == Token::kString) {
        value.text = std::string(json::text_of(lexer_, scratch_));
      }
      const auto span = span_of(lexer_, value.token);
      if (!span) {
        more_ = false;
        return false;
      }
      value.span = *span;
      out.push_back(std::move(value));
    }
  }

  Result<void> place_in_columns(std::size_t profile, std::vector<Value>& sources,
                                const std::optional<std::vector<Value>>& targets, std::size_t end) {
    VectorPlace column{.begin = end, .end = end, .optional = false};
    std::string literal = "," + core::json_string(profiles_[profile].target) + ":[";
    for (std::size_t row = 0; row < sources.size(); ++row) {
      const bool has_target = targets && row < targets->size();
      const bool own = has_target && (*targets)[row].token != Token::kNull;
      const bool embeds = !own && sources[row].token != Token::kNull;
      std::size_t text = VectorPlace::kNone;
      if (embeds) {
        LAYER_TRY(check(profile, sources[row], row, "upsert_columns"));
        LAYER_ASSIGN(text, add(profile, std::move(sources[row].text)));
      }
      if (!targets) {
        literal += row > 0 ? "," : "";
        literal += embeds ? "" : "null";
        column.parts.push_back({.literal = std::move(literal), .text = text});
        literal.clear();
      } else if (embeds && has_target) {
        const Span span = (*targets)[row].span;
        out_.places.push_back(
            {.begin = span.begin, .end = span.end, .parts = {{.text = text}}, .optional = false});
      }
    }
    if (!targets) {
      column.parts.push_back({.literal = literal + "]"});
      out_.places.push_back(std::move(column));
    }
    return {};
  }

  // The members of a patch, from behind its brace: none may be a source.
  Result<void> patched() {
    Token token = lexer_.next();
    for (; token == Token::kKey; token = lexer_.next()) {
      const std::string name(json::text_of(lexer_, scratch_));
      if (find_source(profiles_, name) != nullptr) {
        return json::wrong_member(name,
                                  "is embedded, so it cannot be patched; upsert the row instead");
      }
      more_ = span_of(lexer_, lexer_.next()).has_value();
      if (!more_) {
        return {};
      }
    }
    more_ = token == Token::kEndObject;
    return {};
  }

  Result<void> filter_patch() {
    Token token = lexer_.next();
    for (; more_ && token == Token::kKey; token = lexer_.next()) {
      const bool patch = json::text_of(lexer_, scratch_) == "patch";
      const Token value = lexer_.next();
      if (patch && value == Token::kBeginObject) {
        LAYER_TRY(patched());
      } else {
        more_ = span_of(lexer_, value).has_value();
      }
      if (!more_) {
        return {};
      }
    }
    more_ = token == Token::kEndObject;
    return {};
  }

  const Profiles& profiles_;
  json::Lexer lexer_;
  std::string scratch_;
  bool more_ = true;  // the body has kept the shape of a write so far
  std::size_t row_ = 0;
  std::optional<std::size_t> document_{};  // the place of the vector that chunks are counted in
  WriteTexts out_;
};

// The mean direction with the mean length; empty: none of them is known.
std::vector<float> mean_of(const std::vector<std::size_t>& texts,
                           const std::vector<const std::vector<float>*>& vectors) {
  const auto length = [](const auto& vector) {
    return std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
  };
  std::vector<double> sum;
  double lengths = 0;
  std::size_t known = 0;
  for (const std::size_t text : texts) {
    const std::vector<float>& vector = *vectors[text];
    if (vector.empty()) {
      continue;
    }
    sum.resize(vector.size());
    std::ranges::transform(sum, vector, sum.begin(), std::plus<>());
    lengths += length(vector);
    ++known;
  }
  const double scale =
      known == 0 || length(sum) == 0 ? 0 : lengths / static_cast<double>(known) / length(sum);
  std::vector<float> mean(sum.size());
  std::ranges::transform(sum, mean.begin(),
                         [&](double value) { return static_cast<float>(value * scale); });
  return mean;
}

}  // namespace

std::optional<WriteHead> read_write_head(std::string_view body) {
  json::Lexer lexer(body);
  std::string scratch;
  WriteHead head;
  if (lexer.next() != Token::kBeginObject) {
    return std::nullopt;
  }
  Token token = lexer.next();
  for (; token == Token::kKey; token = lexer.next()) {
    head.members = true;
    const std::string name(json::text_of(lexer, scratch));
    const Token first = lexer.next();
    const auto span = span_of(lexer, first);
    if (!span) {
      return std::nullopt;
    }
    if (name == "schema" && first == Token::kBeginObject && !head.schema) {
      head.schema = span;
    }
    head.distance_metric = head.distance_metric || name == "distance_metric";
  }
  head.end = static_cast<std::size_t>(lexer.begin());
  if (token != Token::kEndObject || lexer.next() != Token::kEnd) {
    return std::nullopt;
  }
  return head;
}

Result<WriteTexts> find_write_texts(std::string_view body, const Profiles& profiles) {
  return Scanner(body, profiles).run();
}

std::vector<json::Replacement> place_vectors(
    const std::vector<VectorPlace>& places, const std::vector<const std::vector<float>*>& vectors) {
  std::vector<json::Replacement> out;
  out.reserve(places.size());
  for (const VectorPlace& place : places) {
    json::Replacement replacement{.begin = place.begin, .end = place.end};
    bool unknown = false;
    for (const VectorPlace::Part& part : place.parts) {
      replacement.text += part.literal;
      if (part.text == VectorPlace::kNone && !place.of_document) {
        continue;
      }
      const std::vector<float> mean =
          place.of_document ? mean_of(part.mean_of, vectors) : std::vector<float>();
      const std::vector<float>& vector = place.of_document ? mean : *vectors[part.text];
      if (vector.empty()) {
        unknown = true;
        replacement.text += "null";
      } else {
        replacement.text += '"' + wire::encode_base64_f32(vector) + '"';
      }
    }
    if (!place.optional || !unknown) {
      out.push_back(std::move(replacement));
    }
  }
  return out;
}

}  // namespace layer::features::embed
