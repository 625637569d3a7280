// Reading, listing, removing; puts are in operations_put.cc.
#include "objects/s3/operations.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "objects/failures.h"
#include "objects/s3/listing.h"
#include "objects/s3/time_text.h"
#include "objects/s3/xml.h"

namespace layer::objects::s3 {
namespace {

// A server of objects that knows no such bucket, or no such key.
bool no_such_key(const Answer& answer) {
  return answer.status == 404 && fault_of(answer).code != "NoSuchBucket";
}

std::unexpected<Error> unusable(std::string_view why) {
  return fail(ErrorCode::kIo, fmt::format("the object store (s3) {}", why));
}

Result<Answer> sized(Result<Answer> answer, std::string_view key) {
  if (!answer && answer.error().code == ErrorCode::kPayloadTooLarge) {
    return too_large(key);
  }
  return answer;
}

}  // namespace

async::Task<Result<std::optional<Object>>> Operations::get(std::string key, std::string etag) {
  http::Headers headers;
  if (!etag.empty()) {
    headers.add("if-none-match", '"' + etag + '"');
  }
  LAYER_CO_ASSIGN(Answer answer, sized(co_await session_.run({.method = "GET",
                                                              .key = key,
                                                              .query = {},
                                                              .headers = std::move(headers),
                                                              .answer_bytes_max = kObjectBytesMax}),
                                       key));
  if (answer.status == 304 && !etag.empty()) {
    co_return std::nullopt;
  }
  if (no_such_key(answer)) {
    co_return not_found(key);
  }
  if (answer.status != 200) {
    co_return std::unexpected(session_.unexpected(answer));
  }
  Object object{.bytes = std::move(answer.body), .etag = answer.etag()};
  if (object.etag.empty()) {
    co_return unusable("gave an object without an etag");
  }
  if (object.etag == etag) {
    co_return std::nullopt;
  }
  co_return std::move(object);
}

async::Task<Result<std::string>> Operations::get_range(std::string key, std::uint64_t offset,
                                                       std::uint64_t length) {
  // No object of ours ends beyond; and no server reads larger numbers alike.
  if (length == 0 || offset >= std::numeric_limits<std::int64_t>::max()) {
    LAYER_CO_TRY(co_await head(std::move(key)));
    co_return std::string();
  }
  const std::uint64_t last =
      offset + std::min<std::uint64_t>(length, std::numeric_limits<std::int64_t>::max() - offset) -
      1;
  LAYER_CO_ASSIGN(
      Answer answer,
      sized(co_await session_.run({.method = "GET",
                                   .key = key,
                                   .query = {},
                                   .headers = {{"range", fmt::format("bytes={}-{}", offset, last)}},
                                   .answer_bytes_max = kObjectBytesMax}),
            key));
  if (no_such_key(answer)) {
    co_return not_found(key);
  }
  if (answer.status == 416) {
    co_return std::string();
  }
  if (answer.status == 200) {  // the whole object, as of a server without ranges
    co_return offset < answer.body.size() ? answer.body.substr(offset, length) : std::string();
  }
  if (answer.status != 206) {
    co_return std::unexpected(session_.unexpected(answer));
  }
  if (!answer.headers.find("content-range")
           .value_or("")
           .starts_with(fmt::format("bytes {}-", offset)) ||
      answer.body.size() > length) {
    co_return unusable("gave another range than it was asked for");
  }
  co_return std::move(answer.body);
}

async::Task<Result<Answer>> Operations::ask_head(const std::string& key) {
  LAYER_CO_ASSIGN(Answer answer, co_await session_.run(
                                     {.method = "HEAD", .key = key, .query = {}, .headers = {}}));
  if (answer.status == 404) {
    co_return not_found(key);
  }
  if (answer.status != 200) {
    co_return std::unexpected(session_.unexpected(answer));
  }
  co_return answer;
}

async::Task<Result<ObjectHead>> Operations::head(std::string key) {
  LAYER_CO_ASSIGN(const Answer answer, co_await ask_head(key));
  const auto size = answer.size();
  const std::string etag = answer.etag();
  if (!size || etag.empty()) {
    co_return unusable("told of an object without its size and etag");
  }
  co_return ObjectHead{
      .size = *size,
      .etag = etag,
      .modified_ms =
          parse_http_date(answer.headers.find("last-modified").value_or("")).value_or(0)};
}

async::Task<Result<void>> Operations::remove(std::string key) {
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await session_.run(
                      {.method = "DELETE", .key = std::move(key), .query = {}, .headers = {}}));
  if (!answer.ok() && !no_such_key(answer)) {
    co_return std::unexpected(session_.unexpected(answer));
  }
  co_return Result<void>{};
}

// A server may answer with fewer keys than asked for: pages are read until the limit or the end.
async::Task<Result<Listing>> Operations::list(std::string prefix, std::string after,
                                              std::size_t limit) {
  Listing listing;
  std::string continuation;
  while (true) {
    Query query{{"list-type", "2"},
                {"encoding-type", "url"},
                {"max-keys", fmt::to_string(limit - listing.objects.size())},
                {"prefix", prefix}};
    if (!continuation.empty()) {
      query.emplace_back("continuation-token", continuation);
    } else if (!after.empty()) {
      query.emplace_back("start-after", after);
    }
    LAYER_CO_ASSIGN(const Answer answer,
                    co_await session_.expect_ok({.method = "GET",
                                                 .query = std::move(query),
                                                 .headers = {},
                                                 .answer_bytes_max = kXmlBytesMax}));
    LAYER_CO_ASSIGN(ListedPage page, parse_listing(answer.body));
    for (ListedObject& object : page.objects) {
      const std::string& least = listing.objects.empty() ? after : listing.objects.back().key;
      if (object.key <= least && !(least.empty() && listing.objects.empty())) {
        co_return unusable("lists keys out of order");
      }
      if (listing.objects.size() == limit || !object.key.starts_with(prefix)) {
        co_return unusable("lists keys that it was not asked for");
      }
      listing.objects.push_back(std::move(object));
    }
    listing.more = !page.continuation.empty();
    if (!listing.more || listing.objects.size() == limit) {
      co_return listing;
    }
    if (page.continuation == continuation) {
      co_return unusable("does not go on with a listing");
    }
    continuation = std::move(page.continuation);
  }
}

}  // namespace layer::objects::s3
