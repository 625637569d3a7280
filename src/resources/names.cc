#include "resources/names.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "core/limits.h"

namespace layer::resources {
namespace {

constexpr std::size_t kObjectNameMax = 253;
constexpr std::size_t kLabelMax = 63;
constexpr std::size_t kUrlMax = 2048;

constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alphanumeric(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c);
}
constexpr bool is_word(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}

// Every dot-separated part begins and ends with a lower-case letter or digit.
bool is_dns_label(std::string_view text) {
  const auto edge = [](char c) { return is_lower(c) || is_digit(c); };
  return !text.empty() && edge(text.front()) && edge(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return edge(c) || c == '-'; });
}

// Takes the number at the front of `text`; false when there is none.
bool take_number(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.front() == '-') {
    return false;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "*", "*/5", "1", "1-5", "1-5/2" and comma lists of these.
bool is_cron_field(std::string_view field, int least, int most) {
  while (true) {
    int from = least;
    int to = most;
    if (field.starts_with('*')) {
      field.remove_prefix(1);
    } else {
      if (field.empty() || !take_number(field, from)) {
        return false;
      }
      to = from;
      if (field.starts_with('-')) {
        field.remove_prefix(1);
        if (field.empty() || !take_number(field, to)) {
          return false;
        }
      }
    }
    if (from < least || to > most || from > to) {
      return false;
    }
    if (field.starts_with('/')) {
      field.remove_prefix(1);
      int step = 0;
      if (field.empty() || !take_number(field, step) || step < 1) {
        return false;
      }
    }
    if (field.empty()) {
      return true;
    }
    if (!field.starts_with(',')) {
      return false;
    }
    field.remove_prefix(1);
  }
}

}  // namespace

bool is_object_name(std::string_view text) {
  if (text.empty() || text.size() > kObjectNameMax) {
    return false;
  }
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_dns_label(text.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(dot + 1);
  }
}

bool is_id_name(std::string_view text) {
  return !text.empty() && text.size() <= kLabelMax && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_secret_key(std::string_view text) {
  return !text.empty() && text.size() <= kObjectNameMax && text != "." && text != ".." &&
         std::ranges::all_of(text, is_word);
}

bool is_label_value(std::string_view text) {
  return text.empty() || (text.size() <= kLabelMax && is_alphanumeric(text.front()) &&
                          is_alphanumeric(text.back()) && std::ranges::all_of(text, is_word));
}

bool is_label_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    if (!is_object_name(text.substr(0, slash))) {
      return false;
    }
    text.remove_prefix(slash + 1);
  }
  return !text.empty() && is_label_value(text);
}

bool is_namespace_name(std::string_view text) {
  return !text.empty() && text.size() <= core::limits::namespace_name_bytes_max && text != "." &&
         text != ".." && std::ranges::all_of(text, is_word);
}

bool is_attribute_name(std::string_view text) {
  return !text.empty() && text.size() <= core::limits::attribute_name_bytes_max &&
         text.front() != '$';
}

bool is_quantity(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) {
    text.remove_prefix(1);
  }
  std::size_t digits = 0;
  std::size_t dots = 0;
  std::size_t length = 0;
  for (; length < text.size() && (is_digit(text[length]) || text[length] == '.'); ++length) {
    (text[length] == '.' ? dots : digits) += 1;
  }
  if (digits == 0 || dots > 1 || length > kLabelMax) {
    return false;
  }
  std::string_view suffix = text.substr(length);
  constexpr std::string_view kSuffixes[] = {"",  "n", "u",  "m",  "k",  "M",  "G",  "T",
                                            "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  if (std::ranges::find(kSuffixes, suffix) != std::end(kSuffixes)) {
    return true;
  }
  if (!suffix.starts_with('e') && !suffix.starts_with('E')) {
    return false;
  }
  suffix.remove_prefix(1);
  if (suffix.starts_with('+') || suffix.starts_with('-')) {
    suffix.remove_prefix(1);
  }
  return !suffix.empty() && suffix.size() <= 2 && std::ranges::all_of(suffix, is_digit);
}

bool is_cron(std::string_view text) {
  constexpr std::pair<int, int> kBounds[] = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}};
  for (std::size_t i = 0; i < std::size(kBounds); ++i) {
    const std::size_t space = text.find(' ');
    const std::string_view field = text.substr(0, space);
    if (!is_cron_field(field, kBounds[i].first, kBounds[i].second) ||
        (i == 0 && !std::ranges::all_of(field, is_digit)) ||
        (space == std::string_view::npos) != (i + 1 == std::size(kBounds))) {
      return false;
    }
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return true;
}

bool is_http_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme) && text.size() <= kUrlMax) {
      const std::string_view rest = text.substr(scheme.size());
      const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
      return !authority.empty() && authority.front() != ':' &&
             authority.find('@') == std::string_view::npos &&
             std::ranges::all_of(rest, [](char c) { return c > ' ' && c != '\x7f'; });
    }
  }
  return false;
}

bool is_embedded_url(std::string_view text) {
  if (text.size() > kUrlMax || std::ranges::any_of(text, [](char c) { return c < ' '; })) {
    return false;
  }
  return text == "memory:" || (text.starts_with("file:///") && text.size() > 8) ||
         (text.starts_with("s3://") && text.size() > 5 && text[5] != '/');
}

}  // namespace layer::resources
