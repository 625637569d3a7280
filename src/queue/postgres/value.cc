#include "queue/postgres/value.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace layer::queue::postgres {
namespace {

constexpr Oid kBytea = 17;  // of pg_type, the same in every server

std::int64_t parse_integer(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Value::Value(double number) : text_(fmt::format("{}", number)) {}

Value Value::bytes(std::string bytes) {
  Value value(std::move(bytes));
  value.binary_ = true;
  return value;
}

Value Value::array(std::span<const std::string> texts) {
  std::string out = "{";
  for (const std::string& text : texts) {
    out += out.size() > 1 ? ",\"" : "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c;
    }
    out += '"';
  }
  return Value(out + "}");
}

Value Value::array(std::span<const std::int64_t> numbers) {
  return Value(fmt::format("{{{}}}", fmt::join(numbers, ",")));
}

std::string_view Answer::Row::raw(int column) const {
  return {PQgetvalue(result_, row_, column),
          static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::string Answer::Row::text(int column) const {
  if (PQftype(result_, column) != kBytea) {
    return std::string(raw(column));
  }
  std::size_t size = 0;
  const auto* escaped = reinterpret_cast<const unsigned char*>(PQgetvalue(result_, row_, column));
  const std::unique_ptr<unsigned char, decltype(&PQfreemem)> bytes(PQunescapeBytea(escaped, &size),
                                                                   &PQfreemem);
  return {reinterpret_cast<const char*>(bytes.get()), size};
}

std::int64_t Answer::Row::integer(int column) const {
  return parse_integer(raw(column));
}

double Answer::Row::real(int column) const {
  return std::strtod(PQgetvalue(result_, row_, column), nullptr);
}

std::int64_t Answer::changed() const {
  return parse_integer(PQcmdTuples(result_.get()));
}

}  // namespace layer::queue::postgres
