#include "json/members.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/wrong_member.h"

namespace layer::json {

Result<Members> Members::parse(std::string_view text) {
  auto document = Document::parse(std::string(text));
  if (!document) {
    return wrong_member("body", document.error().message);
  }
  LAYER_ASSIGN(Members members, of(document->root(), ""));
  members.document_ = std::move(*document);
  return members;
}

Result<Members> Members::of(const Value& value, std::string path) {
  Object object;
  if (value.get(object) != simdjson::SUCCESS) {
    path.resize(path.size() - std::min<std::size_t>(path.size(), 1));  // the dot
    return wrong_member(path.empty() ? "body" : path, "expected a JSON object");
  }
  Members members;
  members.path_ = std::move(path);
  for (const auto& [name, member] : object) {
    if (!member.is_null()) {
      members.members_.emplace_back(std::string(name), member);
    }
  }
  return members;
}

std::optional<Value> Members::take(std::string_view name) {
  const auto found = std::ranges::find(members_, name, &std::pair<std::string, Value>::first);
  if (found == members_.end()) {
    return std::nullopt;
  }
  const Value value = found->second;
  members_.erase(found);
  return value;
}

Result<void> Members::text(std::string_view name, std::string& out) {
  if (const auto value = take(name)) {
    std::string_view read;
    if (value->get(read) != simdjson::SUCCESS) {
      return wrong_member(path_of(name), "expected a string");
    }
    out = read;
  }
  return {};
}

Result<void> Members::flag(std::string_view name, bool& out) {
  if (const auto value = take(name); value && value->get(out) != simdjson::SUCCESS) {
    return wrong_member(path_of(name), "expected true or false");
  }
  return {};
}

Result<void> Members::read_number(std::string_view name, std::optional<std::uint64_t>& out,
                                  std::uint64_t min, std::uint64_t max) {
  if (const auto value = take(name)) {
    std::uint64_t read = 0;
    if (value->get(read) != simdjson::SUCCESS || read < min || read > max) {
      return wrong_member(path_of(name),
                          fmt::format("expected an integer from {} to {}", min, max));
    }
    out = read;
  }
  return {};
}

Result<void> Members::object_text(std::string_view name, std::string& out) {
  if (const auto value = take(name)) {
    if (!value->is_object()) {
      return wrong_member(path_of(name), "expected a JSON object");
    }
    out = simdjson::minify(*value);
  }
  return {};
}

Result<void> Members::end() const {
  if (!members_.empty()) {
    return wrong_member(path_of(std::string_view(members_.front().first).substr(0, 128)),
                        "unknown member");
  }
  return {};
}

}  // namespace layer::json
