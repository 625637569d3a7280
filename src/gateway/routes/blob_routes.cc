#include "gateway/routes/blob_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/deadline.h"
#include "core/text.h"
#include "gateway/errors.h"
#include "gateway/percent.h"
#include "gateway/routes/byte_range.h"
#include "gateway/upload.h"
#include "json/writer.h"

namespace layer::gateway {
namespace {

namespace blobs = features::blobs;

// A part of bytes that a cache owns as well: nothing is copied.
class SharedBody final : public http::Body {
 public:
  SharedBody(cache::Bytes bytes, ByteRange range) : bytes_(std::move(bytes)), range_(range) {}
  async::Task<Result<std::string_view>> next() override {
    const std::uint64_t left = range_.length - given_;
    const std::string_view piece = std::string_view(*bytes_).substr(
        range_.offset + given_, std::min<std::uint64_t>(left, kPieceBytesMax));
    given_ += piece.size();
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return range_.length; }

 private:
  static constexpr std::uint64_t kPieceBytesMax = std::uint64_t{256} << 10;
  cache::Bytes bytes_;
  ByteRange range_;
  std::uint64_t given_ = 0;
};

Result<bool> read_warm(const Exchange& exchange) {
  const std::string text = query_parameter(exchange.request.query(), "warm").value_or("false");
  if (text != "true" && text != "false") {
    return std::unexpected(validation_error("warm", "expected true or false"));
  }
  return text == "true";
}

std::string_view name(blobs::Blobs::Cached cached) {
  switch (cached) {
    case blobs::Blobs::Cached::kHit:
      return "hit";
    case blobs::Blobs::Cached::kMiss:
      return "miss";
    case blobs::Blobs::Cached::kBypass:
      break;
  }
  return "bypass";
}

bool has_etag(const http::Headers& headers, std::string_view etag) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    auto [field, list] = headers[i];
    if (!core::equals_ignore_case(field, "if-none-match")) {
      continue;
    }
    while (auto element = http::next_list_element(list)) {
      if (element->starts_with("W/")) {
        element->remove_prefix(2);
      }
      if (*element == etag || *element == "*") {
        return true;
      }
    }
  }
  return false;
}

// Whoever may read an open store's blobs is everybody; others' answers are for one caller.
std::string_view cache_control(const Exchange& exchange) {
  const bool open = exchange.caller && exchange.caller->kind() == CallerKind::kOpen;
  return open ? "public, max-age=31536000, immutable" : "private, max-age=31536000, immutable";
}

// The caller's part of the blob: status, headers, and bytes where `found` has them.
http::Response dress(const Exchange& exchange, const blobs::Blobs::Found& found,
                     std::string_view etag) {
  const http::Headers& asked = exchange.request.headers;
  http::Response response;
  response.headers = {{"etag", etag}, {"cache-control", cache_control(exchange)}};
  if (has_etag(asked, etag)) {
    response.status = 304;
    return response;
  }
  response.headers.add("content-type", found.content_type);
  response.headers.add("accept-ranges", "bytes");
  const bool same = asked.find("if-range").value_or(etag) == etag;
  const auto range = same ? read_range(asked.find("range").value_or(""), found.size) : std::nullopt;
  if (range && range->length == 0) {
    response.status = 416;
    response.headers.add("content-range", fmt::format("bytes */{}", found.size));
    return response;
  }
  const ByteRange part = range.value_or(ByteRange{.offset = 0, .length = found.size});
  if (range) {
    response.status = 206;
    response.headers.add("content-range", fmt::format("bytes {}-{}/{}", part.offset,
                                                      part.offset + part.length - 1, found.size));
  }
  if (found.bytes == nullptr) {
    response.headers.add("content-length", fmt::to_string(part.length));
  } else {
    response.stream = std::make_unique<SharedBody>(found.bytes, part);
  }
  return response;
}

}  // namespace

async::Task<Result<http::Response>> PutBlob::handle(Exchange& exchange) {
  LAYER_CO_ASSIGN(const bool warm, read_warm(exchange));
  LAYER_CO_ASSIGN(Upload upload, Upload::open(exchange, Decoding::kAlways, blobs::kBlobBytesMax));
  const auto stored = co_await blobs_.put(std::string(exchange.ns()), upload.body(), warm);
  if (!stored) {
    if (stored.error().code == ErrorCode::kInvalidArgument) {
      co_return std::unexpected(validation_error("body", stored.error().message));
    }
    co_return std::unexpected(stored.error());
  }
  json::Writer out;
  out.begin_object()
      .member("ref", blobs::print_ref(stored->ref))
      .member("sha256", stored->ref.sha256)
      .member("size", stored->size)
      .end_object();
  co_return http::json_response(200, std::move(out).take());
}

async::Task<Result<http::Response>> GetBlob::handle(Exchange& exchange) {
  blobs::BlobRef ref{.ns = std::string(exchange.ns()),
                     .sha256 = percent_decode(exchange.match.params[0])};
  if (!blobs::is_sha256(ref.sha256)) {
    co_return std::unexpected(
        validation_error("sha256", "expected 64 lower-case hexadecimal digits"));
  }
  const std::string etag = '"' + ref.sha256 + '"';
  const http::Request& request = exchange.request;
  // Whoever has the blob learns no more than that it is there.
  const bool bytes_wanted = request.method == "GET" && !has_etag(request.headers, etag);
  auto found = co_await async::with_deadline(
      exchange.deadline, bytes_wanted ? blobs_.get(std::move(ref)) : blobs_.head(std::move(ref)));
  if (!found) {
    if (found.error().code == ErrorCode::kTimeout) {
      found.error().code = ErrorCode::kGatewayTimeout;
    }
    co_return std::unexpected(std::move(found).error());
  }
  if (request.method == "HEAD") {
    found->bytes = nullptr;
  }
  exchange.answer_headers.set("x-layer-cache", name(found->cached));
  co_return dress(exchange, *found, etag);
}

}  // namespace layer::gateway
