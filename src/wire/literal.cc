#include "wire/literal.h"

#include <fmt/format.h>

#include "json/writer.h"

namespace layer::wire {
namespace {

// Strings are quoted where they stand alone, bare inside an array.
void describe(const Literal& literal, bool nested, std::string& out);

struct Describe {
  bool nested;
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(std::int64_t number) const { out += std::to_string(number); }
  void operator()(std::uint64_t number) const { out += std::to_string(number); }
  void operator()(double number) const {
    json::Writer writer;
    writer.value(number);
    out += writer.text();
  }
  void operator()(const std::string& text) const {
    out += nested ? text : fmt::format("'{}'", text);
  }
  void operator()(const LiteralArray& items) const {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      out += i == 0 ? "" : ", ";
      describe(items[i], true, out);
    }
    out += ']';
  }
  void operator()(const LiteralObject& members) const {
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      out += i == 0 ? "" : ", ";
      out += members[i].name + ": ";
      describe(members[i].value, true, out);
    }
    out += '}';
  }
  void operator()(const RefNew& ref) const {
    out += fmt::format("{{$ref_new: {}}}", ref.attribute);
  }
};

void describe(const Literal& literal, bool nested, std::string& out) {
  std::visit(Describe{.nested = nested, .out = out}, literal.value);
}

}  // namespace

std::string describe(const Literal& literal) {
  std::string out;
  describe(literal, false, out);
  return out;
}

}  // namespace layer::wire
