// Puts: conditions, and what a put was whose answer was lost.
#include <fmt/format.h>

#include "core/random.h"
#include "objects/failures.h"
#include "objects/s3/operations.h"

namespace layer::objects::s3 {
namespace {

constexpr std::string_view kMark = "x-amz-meta-layer-put";

bool condition_broken(const Answer& answer, const Condition& condition) {
  if (condition.kind == Condition::Kind::kNone) {
    return false;
  }
  // A condition on an object that is gone: some servers say so instead.
  return answer.status == 412 || (answer.status == 404 && fault_of(answer).code == "NoSuchKey");
}

}  // namespace

async::Task<Result<Answer>> Operations::send_put_in_form(const std::string& key,
                                                         std::string_view bytes,
                                                         const std::string& hash,
                                                         const Condition& condition,
                                                         const std::string& mark) {
  http::Headers headers{{kMark, mark}};
  if (condition.kind == Condition::Kind::kAbsent) {
    headers.add("if-none-match", "*");
  } else if (condition.kind == Condition::Kind::kMatch) {
    headers.add("if-match",
                etag_form_ == EtagForm::kBare ? condition.etag : '"' + condition.etag + '"');
  }
  co_return co_await session_.run({.method = "PUT",
                                   .key = key,
                                   .query = {},
                                   .headers = std::move(headers),
                                   .body = bytes,
                                   .payload_hash = hash});
}

// The first If-Match that fails although the object has that etag tells which form the server
// reads; from then on, or from the first success, it is known.
async::Task<Result<Answer>> Operations::send_put(const std::string& key, std::string_view bytes,
                                                 const std::string& hash,
                                                 const Condition& condition,
                                                 const std::string& mark) {
  LAYER_CO_ASSIGN(Answer answer, co_await send_put_in_form(key, bytes, hash, condition, mark));
  if (condition.kind != Condition::Kind::kMatch || etag_form_ != EtagForm::kUnknown) {
    co_return answer;
  }
  if (answer.ok()) {
    etag_form_ = EtagForm::kQuoted;
    co_return answer;
  }
  if (answer.status != 412 || answer.repeated) {
    co_return answer;
  }
  const auto now = co_await ask_head(key);
  if (!now || now->etag() != condition.etag) {
    co_return answer;
  }
  etag_form_ = EtagForm::kBare;
  LAYER_CO_ASSIGN(Answer bare, co_await send_put_in_form(key, bytes, hash, condition, mark));
  if (!bare.ok()) {
    etag_form_ = EtagForm::kUnknown;
  }
  co_return bare;
}

// The etag of the object if the put of that mark made it; nullopt: another one did, or none.
async::Task<Result<std::optional<std::string>>> Operations::etag_of_mark(const std::string& key,
                                                                         const std::string& mark) {
  const auto now = co_await ask_head(key);
  if (!now && now.error().code != ErrorCode::kNotFound) {
    co_return fail(
        ErrorCode::kUnavailable,
        fmt::format("whether the object {} was put is not known: {}", key, now.error().message));
  }
  if (!now || now->headers.find(kMark) != std::optional<std::string_view>(mark)) {
    co_return std::nullopt;
  }
  co_return now->etag();
}

async::Task<Result<std::string>> Operations::put_whole(const std::string& key,
                                                       std::string_view bytes,
                                                       const Condition& condition) {
  const std::string mark = core::random_uuid();
  LAYER_CO_ASSIGN(const std::string hash, co_await payload_hash(pool_, bytes));
  LAYER_CO_ASSIGN(const Answer answer, co_await send_put(key, bytes, hash, condition, mark));
  if (answer.ok()) {
    std::string etag = answer.etag();
    if (etag.empty()) {
      co_return fail(ErrorCode::kIo, "the object store (s3) took an object without an etag");
    }
    co_return etag;
  }
  if (!condition_broken(answer, condition)) {
    co_return std::unexpected(session_.unexpected(answer));
  }
  if (answer.repeated) {  // broken by ourselves, perhaps
    LAYER_CO_ASSIGN(auto etag, co_await etag_of_mark(key, mark));
    if (etag) {
      co_return std::move(*etag);
    }
  }
  co_return condition_failed(key);
}

async::Task<Result<std::string>> Operations::put_in_parts(const std::string& key,
                                                          std::string_view bytes) {
  const std::string mark = core::random_uuid();
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await upload_in_parts(session_, pool_,
                                           {.key = key,
                                            .bytes = bytes,
                                            .headers = {{kMark, mark}},
                                            .part_bytes = limits_.part_bytes}));
  const auto completed = completed_etag(answer);
  if (completed && !completed->empty()) {
    co_return *completed;
  }
  const bool gone = answer.status == 404 && answer.repeated;  // an earlier try completed it
  if (!completed && !gone) {
    co_return std::unexpected(session_.unexpected(answer));
  }
  LAYER_CO_ASSIGN(auto etag, co_await etag_of_mark(key, mark));
  if (!etag) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("the object {} was changed while it was put", key));
  }
  co_return std::move(*etag);
}

async::Task<Result<std::string>> Operations::put(std::string key, std::string bytes,
                                                 Condition condition) {
  // An etag that cannot stand in a header is no object's.
  if (condition.kind == Condition::Kind::kMatch &&
      (condition.etag.empty() ||
       condition.etag.find_first_of(std::string_view("\"\r\n\0 ,", 6)) != std::string::npos)) {
    co_return condition_failed(key);
  }
  if (condition.kind == Condition::Kind::kNone && bytes.size() >= limits_.multipart_bytes_min) {
    co_return co_await put_in_parts(key, bytes);
  }
  co_return co_await put_whole(key, bytes, condition);
}

}  // namespace layer::objects::s3
