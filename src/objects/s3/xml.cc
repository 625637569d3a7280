#include "objects/s3/xml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace layer::objects::s3 {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<XmlElement> document() {
    if (text_.size() > kXmlBytesMax) {
      return wrong("it is too large");
    }
    take("\xEF\xBB\xBF");
    LAYER_TRY(skip_between());
    LAYER_ASSIGN(XmlElement root, element(1));
    LAYER_TRY(skip_between());
    if (!at_end()) {
      return wrong("something follows the root element");
    }
    return root;
  }

 private:
  std::unexpected<Error> wrong(std::string_view why) const {
    return fail(ErrorCode::kCorrupt, fmt::format("not the XML expected, byte {}: {}", at_, why));
  }
  bool at_end() const { return at_ >= text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  bool take(std::string_view expected) {
    if (!rest().starts_with(expected)) {
      return false;
    }
    at_ += expected.size();
    return true;
  }
  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }
  Result<void> skip_past(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) {
      return wrong(fmt::format("'{}' is missing", end));
    }
    at_ = found + end.size();
    return {};
  }

  // Space, comments and processing instructions outside the root.
  Result<void> skip_between() {
    while (true) {
      skip_space();
      if (take("<?")) {
        LAYER_TRY(skip_past("?>"));
      } else if (take("<!--")) {
        LAYER_TRY(skip_past("-->"));
      } else {
        return {};
      }
    }
  }

  Result<std::string_view> name() {
    const std::size_t begin = at_;
    while (!at_end() && is_name_byte(text_[at_])) {
      ++at_;
    }
    if (at_ == begin) {
      return wrong("a name is missing");
    }
    return text_.substr(begin, at_ - begin);
  }

  // To the '>' of a start tag; true when the element is empty ("/>").
  Result<bool> attributes() {
    while (true) {
      const std::size_t before = at_;
      skip_space();
      if (take("/>")) {
        return true;
      }
      if (take(">")) {
        return false;
      }
      if (at_ == before) {
        return wrong("a start tag does not end");
      }
      LAYER_TRY(name());
      skip_space();
      if (!take("=")) {
        return wrong("an attribute has no value");
      }
      skip_space();
      const std::string_view quote = rest().substr(0, 1);
      if (quote != "\"" && quote != "'") {
        return wrong("an attribute's value has no quotes");
      }
      ++at_;
      LAYER_TRY(skip_past(quote));
    }
  }

  Result<XmlElement> element(std::size_t depth) {
    if (depth > kXmlDepthMax || ++elements_ > kXmlElementsMax) {
      return wrong("too many elements");
    }
    if (!take("<")) {
      return wrong("an element is missing");
    }
    LAYER_ASSIGN(const std::string_view full, name());
    XmlElement out;
    out.name = full.substr(full.find(':') + 1);
    LAYER_ASSIGN(const bool empty, attributes());
    if (!empty) {
      LAYER_TRY(content(out, full, depth));
    }
    return out;
  }

  // Up to and with the end tag of `full`.
  Result<void> content(XmlElement& out, std::string_view full, std::size_t depth) {
    while (true) {
      if (at_end()) {
        return wrong(fmt::format("the element {} does not end", out.name));
      }
      if (take("</")) {
        if (!take(full)) {
          return wrong(fmt::format("another element ends than {}", out.name));
        }
        skip_space();
        if (!take(">")) {
          return wrong("an end tag does not end");
        }
        return {};
      }
      if (take("<!--")) {
        LAYER_TRY(skip_past("-->"));
      } else if (take("<![CDATA[")) {
        const std::size_t begin = at_;
        LAYER_TRY(skip_past("]]>"));
        out.text += text_.substr(begin, at_ - 3 - begin);
      } else if (take("<?")) {
        LAYER_TRY(skip_past("?>"));
      } else if (rest().starts_with('<')) {
        LAYER_ASSIGN(XmlElement child, element(depth + 1));
        out.children.push_back(std::move(child));
      } else if (take("&")) {
        LAYER_TRY(entity(out.text));
      } else {
        const std::size_t end = std::min(text_.find_first_of("<&", at_), text_.size());
        out.text += text_.substr(at_, end - at_);
        at_ = end;
      }
    }
  }

  Result<void> entity(std::string& out) {
    const std::size_t end = text_.find(';', at_);
    if (end == std::string_view::npos || end - at_ > 8) {
      return wrong("an entity does not end");
    }
    std::string_view body = text_.substr(at_, end - at_);
    at_ = end + 1;
    if (body.starts_with('#')) {
      body.remove_prefix(1);
      const bool hexadecimal = body.starts_with('x');
      body.remove_prefix(hexadecimal ? 1 : 0);
      std::uint32_t code = 0;
      const char* stop = body.data() + body.size();
      const auto [stopped, failed] =
          std::from_chars(body.data(), stop, code, hexadecimal ? 16 : 10);
      const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
      if (failed != std::errc{} || stopped != stop || code == 0 || code > 0x10FFFF || surrogate) {
        return wrong("a character reference names no character");
      }
      append_utf8(out, code);
      return {};
    }
    constexpr std::pair<std::string_view, char> kEntities[] = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [entity_name, character] : kEntities) {
      if (body == entity_name) {
        out += character;
        return {};
      }
    }
    return wrong("an entity that XML does not define");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t elements_ = 0;
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  const auto found = std::ranges::find(children, child, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child) const {
  const XmlElement* found = find(child);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

Result<XmlElement> parse_xml(std::string_view text) {
  return Reader(text).document();
}

}  // namespace layer::objects::s3
