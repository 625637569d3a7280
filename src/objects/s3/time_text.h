// The three spellings of time that the API and its neighbours use. All times are epoch
// milliseconds, UTC. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace layer::objects::s3 {

// "20130524T000000Z", of signatures; its first eight characters are the date.
std::string amz_date(std::int64_t wall_ms);
// "2013-05-24T00:00:00Z" or "2013-05-24T00:00:00.000Z", of XML and of expiry times.
std::optional<std::int64_t> parse_iso_time(std::string_view text);
// "Fri, 24 May 2013 00:00:00 GMT", of headers.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace layer::objects::s3
