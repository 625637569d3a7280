// Percent-encoding as Signature Version 4 and the S3 API want it: everything but A-Z a-z 0-9 - _ .
// ~ is escaped in upper-case hexadecimal. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace layer::objects::s3 {

using Query = std::vector<std::pair<std::string, std::string>>;

// A key as a path: its slashes stay.
std::string encode_path(std::string_view key);
// "name=value&..." in the order of the encoded names and values, as it is signed and sent.
std::string encode_query(const Query& query);
// A form body, in the order given.
std::string encode_form(const Query& fields);
// A key as listings spell it under encoding-type=url; nullopt: not that spelling.
std::optional<std::string> decode_listed(std::string_view text);

}  // namespace layer::objects::s3
