#include "sources/plain_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/text.h"

namespace layer::sources {
namespace {

constexpr std::size_t kReferenceBytesMax = 10;
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kNamed = {{{"amp", "&"},
                                                                                   {"lt", "<"},
                                                                                   {"gt", ">"},
                                                                                   {"quot", "\""},
                                                                                   {"apos", "'"},
                                                                                   {"nbsp", " "},
                                                                                   {"ndash", "–"},
                                                                                   {"mdash", "—"},
                                                                                   {"hellip", "…"},
                                                                                   {"lsquo", "‘"},
                                                                                   {"rsquo", "’"},
                                                                                   {"ldquo", "“"},
                                                                                   {"rdquo", "”"},
                                                                                   {"copy", "©"}}};
constexpr std::array<std::string_view, 13> kBlocks = {
    "p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "pre", "blockquote"};

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0U | (point >> 6U));
    out += static_cast<char>(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0U | (point >> 12U));
    out += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (point & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | (point >> 18U));
    out += static_cast<char>(0x80U | ((point >> 12U) & 0x3FU));
    out += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (point & 0x3FU));
  }
}

// What the name between '&' and ';' stands for; empty when nothing does.
std::string reference(std::string_view name) {
  if (name.starts_with('#')) {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    name.remove_prefix(hex ? 2 : 1);
    std::uint32_t point = 0;
    const auto [end, ec] =
        std::from_chars(name.data(), name.data() + name.size(), point, hex ? 16 : 10);
    const bool whole = ec == std::errc() && end == name.data() + name.size();
    std::string out;
    if (whole && point >= 0x20 && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF)) {
      append_utf8(out, point);
    }
    return out;
  }
  for (const auto& [known, text] : kNamed) {
    if (known == name) {
      return std::string(text);
    }
  }
  return {};
}

class Stripper {
 public:
  explicit Stripper(std::string_view html) : html_(html) {}

  std::string run() {
    while (at_ < html_.size()) {
      const char c = html_[at_];
      if (c == '<' && is_markup()) {
        tag();
      } else if (c == '&') {
        entity();
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        space_ = true;
        ++at_;
      } else {
        put(std::string_view(&html_[at_++], 1));
      }
    }
    return std::move(out_);
  }

 private:
  bool is_markup() const {
    const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : ' ';
    return next == '/' || next == '!' || next == '?' || (next >= 'a' && next <= 'z') ||
           (next >= 'A' && next <= 'Z');
  }

  void put(std::string_view text) {
    if (line_ && !out_.empty()) {
      out_ += '\n';
    } else if (space_ && !out_.empty()) {
      out_ += ' ';
    }
    line_ = space_ = false;
    out_ += text;
  }

  void skip_to(std::string_view what) {
    const std::size_t found = html_.find(what, at_);
    at_ = found == std::string_view::npos ? html_.size() : found + what.size();
  }

  void tag() {
    if (html_.substr(at_).starts_with("<!--")) {
      skip_to("-->");
      return;
    }
    std::size_t from = at_ + 1;
    const bool closes = html_.substr(from).starts_with('/');
    from += closes ? 1 : 0;
    const std::size_t to = std::min(html_.find_first_of(" \t\r\n/>", from), html_.size());
    const std::string_view name = html_.substr(from, to - from);
    skip_to(">");
    const auto is_it = [&](std::string_view known) {
      return core::equals_ignore_case(known, name);
    };
    if (!closes && (is_it("script") || is_it("style"))) {
      skip_to(is_it("script") ? "</script>" : "</style>");
    }
    line_ = line_ || std::ranges::any_of(kBlocks, is_it);
  }

  void entity() {
    const std::size_t end = html_.substr(at_, kReferenceBytesMax + 2).find(';');
    const std::string text =
        end == std::string_view::npos ? std::string() : reference(html_.substr(at_ + 1, end - 1));
    if (text.empty()) {
      put("&");
      ++at_;
    } else {
      at_ += end + 1;
      text == " " ? void(space_ = true) : put(text);
    }
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::string out_{};
  bool space_ = false;
  bool line_ = false;
};

}  // namespace

std::string plain_text(std::string_view html) {
  return Stripper(html).run();
}

}  // namespace layer::sources
