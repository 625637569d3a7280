#include "features/capture/history_headers.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "json/lexer.h"

namespace layer::features::capture {
namespace {

constexpr std::string_view kPrefix = "x-hevlayer-";

bool is_tag_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
         c == '_' || c == '-' || c == '.' || c == '/' || c == '=' || c == '+';
}

// HTTP says nothing of the characters of a value: what is not UTF-8 is taken for Latin-1.
std::string text_of(std::string_view value) {
  value = http::trim(value);
  if (json::is_utf8(value)) {
    return std::string(value);
  }
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

class Reader {
 public:
  void read(std::string_view name, std::string_view value) {
    using core::equals_ignore_case;
    if (equals_ignore_case(name, "no-history")) {
      const std::string_view said = http::trim(value);
      told_.opted_out |= said != "0" && !equals_ignore_case(said, "false");
    } else if (equals_ignore_case(name, "tag")) {
      told_.any = true;
      tags_.emplace_back(value);
    } else if (equals_ignore_case(name, "tags")) {
      told_.any = true;
      while (const auto tag = http::next_list_element(value)) {
        tags_.emplace_back(*tag);
      }
    } else if (equals_ignore_case(name, "search-query")) {
      raw_query(value);
    } else {
      identity(name, value);
    }
  }

  HistoryHeaders take() && {
    if (!tags_.empty()) {
      auto tags = clean_tags(std::move(tags_));
      if (tags) {
        told_.who.tags = std::move(*tags);
      } else {
        told_.faulty_tags = true;
        fault("x-hevlayer-tags", std::move(tags).error().message);
      }
    }
    return std::move(told_);
  }

 private:
  void fault(std::string_view header, std::string what) {
    told_.faulty_header = header;
    told_.fault = std::move(what);
  }
  void raw_query(std::string_view value) {
    told_.any = true;
    std::string text = text_of(value);
    if (text.size() > kRawQueryBytesMax) {
      return fault("x-hevlayer-search-query",
                   fmt::format("expected at most {} bytes", kRawQueryBytesMax));
    }
    told_.who.raw_query = std::move(text);
  }
  void identity(std::string_view name, std::string_view value) {
    const std::pair<std::string_view, std::string*> members[] = {
        {"query-id", &told_.who.query_id},
        {"client-id", &told_.who.client_id},
        {"session-id", &told_.who.session_id},
        {"user-id", &told_.who.user_id},
        {"application", &told_.who.application}};
    const auto* const member = std::ranges::find_if(
        members, [&](const auto& known) { return core::equals_ignore_case(known.first, name); });
    if (member == std::end(members)) {
      return;
    }
    told_.any = true;
    std::string text = text_of(value);
    if (!at_most_characters(text, kIdentityCharactersMax)) {
      return fault(fmt::format("{}{}", kPrefix, member->first),
                   fmt::format("expected at most {} characters", kIdentityCharactersMax));
    }
    *member->second = std::move(text);
  }

  HistoryHeaders told_;
  std::vector<std::string> tags_;
};

}  // namespace

bool at_most_characters(std::string_view text, std::size_t max) {
  const auto begins = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return static_cast<std::size_t>(begins) <= max && text.size() <= 4 * max;
}

Result<std::vector<std::string>> clean_tags(std::vector<std::string> tags) {
  for (std::string& tag : tags) {
    tag = std::string(http::trim(tag));
    if (tag.size() > kTagBytesMax || !std::ranges::all_of(tag, is_tag_character)) {
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("a tag has at most {} bytes of A-Z a-z 0-9 : _ - . / = +", kTagBytesMax));
    }
  }
  std::erase(tags, std::string());
  std::ranges::sort(tags);
  const auto doubles = std::ranges::unique(tags);
  tags.erase(doubles.begin(), doubles.end());
  if (tags.size() > kTagsMax) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("expected at most {} tags", kTagsMax));
  }
  return tags;
}

HistoryHeaders read_history_headers(const http::Headers& headers) {
  Reader reader;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name.size() > kPrefix.size() &&
        core::equals_ignore_case(name.substr(0, kPrefix.size()), kPrefix)) {
      reader.read(name.substr(kPrefix.size()), value);
    }
  }
  return std::move(reader).take();
}

}  // namespace layer::features::capture
