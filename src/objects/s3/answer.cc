#include "objects/s3/answer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "objects/s3/xml.h"

namespace layer::objects::s3 {
namespace {

constexpr std::size_t kWordsMax = 200;  // of a server's sentence in an error of ours

template <std::size_t N>
bool one_of(std::string_view code, const std::array<std::string_view, N>& codes) {
  return std::ranges::find(codes, code) != codes.end();
}

// What an operator does about a refusal.
std::string_view advice(int status, std::string_view code) {
  if (code == "NoSuchBucket") {
    return "; make the bucket, or set --s3-bucket to one that is there";
  }
  if (code == "SignatureDoesNotMatch") {
    return "; check the secret access key";
  }
  if (code == "InvalidAccessKeyId" || code == "ExpiredToken" || code == "InvalidToken") {
    return "; check the credentials";
  }
  if (status == 401 || status == 403) {
    return "; the credentials need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket";
  }
  return "";
}

// A server's words without what would break a line of the log.
std::string words(std::string_view text) {
  std::string out(text.substr(0, kWordsMax));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

}  // namespace

std::string Answer::etag() const {
  std::string_view text = http::trim(headers.find("etag").value_or(""));
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

std::optional<std::uint64_t> Answer::size() const {
  const std::string_view text = headers.find("content-length").value_or("");
  std::uint64_t size = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, size);
  return failed == std::errc{} && stopped == end ? std::optional(size) : std::nullopt;
}

Fault fault_of(const Answer& answer) {
  Fault fault{.region = std::string(answer.headers.find("x-amz-bucket-region").value_or(""))};
  const auto root = parse_xml(answer.body);
  if (!root || root->name != "Error") {
    return fault;
  }
  fault.code = root->text_of("Code");
  fault.message = root->text_of("Message");
  if (const auto region = root->text_of("Region"); !region.empty()) {
    fault.region = region;
  }
  return fault;
}

bool is_transient(int status, std::string_view code) {
  static constexpr std::array<std::string_view, 7> kCodes{"SlowDown",
                                                          "RequestTimeout",
                                                          "InternalError",
                                                          "ServiceUnavailable",
                                                          "OperationAborted",
                                                          "TooManyRequests",
                                                          "ConditionalRequestConflict"};
  return status == 429 || status == 500 || status >= 502 || one_of(code, kCodes);
}

bool is_refused_credential(int status, std::string_view code) {
  static constexpr std::array<std::string_view, 5> kCodes{"ExpiredToken", "ExpiredTokenException",
                                                          "InvalidToken", "TokenRefreshRequired",
                                                          "InvalidAccessKeyId"};
  return (status == 400 || status == 401 || status == 403) && one_of(code, kCodes);
}

Error unexpected_answer(const Answer& answer, const Fault& fault, std::string_view bucket) {
  const bool elsewhere = answer.status == 301 || answer.status == 302 || answer.status == 307 ||
                         answer.status == 308 || fault.code == "AuthorizationHeaderMalformed";
  if (elsewhere) {
    Error error{
        .code = ErrorCode::kIo,
        .message = fmt::format(
            "the object store (s3) says that the bucket {} is {}; set "
            "--s3-region or --s3-endpoint to where it is",
            bucket, fault.region.empty() ? "somewhere else" : "in region " + words(fault.region)),
        .fields = {{.name = "reason", .value = "region"}}};
    if (!fault.region.empty()) {
      error.fields.push_back({.name = "region", .value = fault.region});
    }
    return error;
  }
  const bool transient = is_transient(answer.status, fault.code);
  return {.code = transient ? ErrorCode::kUnavailable : ErrorCode::kIo,
          .message = fmt::format("the object store (s3, bucket {}) answered {}{}{}{}{}", bucket,
                                 answer.status, fault.code.empty() ? "" : " " + words(fault.code),
                                 fault.message.empty() ? "" : ": ", words(fault.message),
                                 advice(answer.status, fault.code))};
}

}  // namespace layer::objects::s3
