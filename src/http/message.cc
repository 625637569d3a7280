#include "http/message.h"

#include <array>
#include <utility>

#include "core/text.h"

namespace layer::http {
namespace {

constexpr auto kReasons = std::to_array<std::pair<int, std::string_view>>({
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
});

std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      const std::size_t slash = target.find_first_of("/?", scheme.size());
      return slash == std::string_view::npos ? "/" : target.substr(slash);
    }
  }
  return target;
}

}  // namespace

std::string_view Request::path() const {
  const std::string_view form = origin_form(target);
  return form.substr(0, form.find('?'));
}

std::string_view Request::query() const {
  const std::string_view form = origin_form(target);
  const std::size_t mark = form.find('?');
  return mark == std::string_view::npos ? std::string_view{} : form.substr(mark + 1);
}

Response json_response(int status, std::string body) {
  Response response{.status = status, .headers = {}, .body = std::move(body), .stream = nullptr};
  response.headers.add("content-type", "application/json");
  return response;
}

Response error_response(const Error& error) {
  std::string body = R"({"status":"error","error":)";
  core::append_json_string(body, error.message);
  body += '}';
  return json_response(core::info(error.code).http_status, std::move(body));
}

std::string_view reason_phrase(int status) {
  for (const auto& [code, phrase] : kReasons) {
    if (code == status) {
      return phrase;
    }
  }
  return "Unknown";
}

}  // namespace layer::http
