#include "objects/s3/multipart.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "objects/s3/xml.h"

namespace layer::objects::s3 {
namespace {

constexpr std::size_t kHashInlineBytesMax = std::size_t{256} << 10;  // below half a millisecond

struct Begun {
  Session& session;
  async::CpuPool& pool;
  const Upload& upload;
  std::string id;
};

async::Task<Result<std::string>> begin(Session& session, const Upload& upload) {
  LAYER_CO_ASSIGN(const Answer answer, co_await session.expect_ok({.method = "POST",
                                                                   .key = upload.key,
                                                                   .query = {{"uploads", ""}},
                                                                   .headers = upload.headers}));
  const auto root = parse_xml(answer.body);
  std::string id(root ? root->text_of("UploadId") : "");
  if (id.empty()) {
    co_return fail(ErrorCode::kIo, "the object store (s3) began an upload without naming it");
  }
  co_return id;
}

async::Task<Result<std::string>> send_part(const Begun& begun, std::size_t number,
                                           std::string_view bytes) {
  LAYER_CO_ASSIGN(std::string hash, co_await payload_hash(begun.pool, bytes));
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await begun.session.expect_ok(
                      {.method = "PUT",
                       .key = begun.upload.key,
                       .query = {{"partNumber", fmt::to_string(number)}, {"uploadId", begun.id}},
                       .headers = {},
                       .body = bytes,
                       .payload_hash = std::move(hash)}));
  std::string etag = answer.etag();
  if (etag.empty() || etag.find_first_of("<>&\"") != std::string::npos) {
    co_return fail(ErrorCode::kIo, "the object store (s3) took a part without an etag");
  }
  co_return etag;
}

async::Task<Result<Answer>> finish(const Begun& begun) {
  std::string list = "<CompleteMultipartUpload>";
  const std::uint64_t part_bytes = begun.upload.part_bytes;
  std::size_t number = 0;
  for (std::size_t at = 0; at < begun.upload.bytes.size(); at += part_bytes) {
    LAYER_CO_ASSIGN(const std::string etag,
                    co_await send_part(begun, ++number, begun.upload.bytes.substr(at, part_bytes)));
    fmt::format_to(std::back_inserter(list),
                   "<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag></Part>", number, etag);
  }
  list += "</CompleteMultipartUpload>";
  co_return co_await begun.session.run({.method = "POST",
                                        .key = begun.upload.key,
                                        .query = {{"uploadId", begun.id}},
                                        .headers = {},
                                        .body = list,
                                        .payload_hash = sha256_hex(list)});
}

}  // namespace

async::Task<Result<std::string>> payload_hash(async::CpuPool& pool, std::string_view bytes) {
  if (bytes.size() <= kHashInlineBytesMax) {
    co_return sha256_hex(bytes);
  }
  auto hash = co_await pool.run([bytes] { return sha256_hex(bytes); });
  if (!hash && hash.error().code == ErrorCode::kTooManyRequests) {
    hash.error().code = ErrorCode::kUnavailable;
  }
  co_return hash;
}

async::Task<Result<Answer>> upload_in_parts(Session& session, async::CpuPool& pool, Upload upload) {
  LAYER_CO_ASSIGN(std::string id, co_await begin(session, upload));
  const Begun begun{.session = session, .pool = pool, .upload = upload, .id = std::move(id)};
  auto answer = co_await finish(begun);
  const bool unfinished = !answer || (!completed_etag(*answer) && !answer->repeated);
  if (unfinished) {
    // A caller that has left leaves no parts behind either.
    co_await async::asio::this_coro::reset_cancellation_state();
    (void)co_await session.run(
        {.method = "DELETE", .key = upload.key, .query = {{"uploadId", begun.id}}, .headers = {}});
  }
  co_return answer;
}

std::optional<std::string> completed_etag(const Answer& answer) {
  const auto root = parse_xml(answer.body);
  if (!answer.ok() || !root || root->name != "CompleteMultipartUploadResult") {
    return std::nullopt;
  }
  std::string etag(root->text_of("ETag"));
  std::erase(etag, '"');
  return etag;
}

}  // namespace layer::objects::s3
