#include "objects/s3/profile_file.h"

#include "http/headers.h"

namespace layer::objects::s3 {
namespace {

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

bool is_section(std::string_view line, std::string_view profile) {
  const std::size_t end = line.find(']');
  std::string_view name = http::trim(line.substr(1, end == std::string_view::npos ? 0 : end - 1));
  if (name.starts_with("profile ")) {
    name = http::trim(name.substr(8));
  }
  return name == profile;
}

}  // namespace

std::optional<Credentials> read_profile(std::string_view text, std::string_view profile) {
  Credentials found;
  bool inside = false;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.starts_with('[')) {
      inside = is_section(line, profile);
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!inside || line.starts_with('#') || line.starts_with(';') ||
        equals == std::string_view::npos) {
      continue;
    }
    const std::string_view name = http::trim(line.substr(0, equals));
    const std::string_view value = http::trim(line.substr(equals + 1));
    if (name == "aws_access_key_id") {
      found.access_key_id = value;
    } else if (name == "aws_secret_access_key") {
      found.secret_access_key = value;
    } else if (name == "aws_session_token") {
      found.session_token = value;
    }
  }
  if (found.access_key_id.empty() || found.secret_access_key.empty()) {
    return std::nullopt;
  }
  return found;
}

}  // namespace layer::objects::s3
