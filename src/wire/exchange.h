// One request to a store and its answer, without a socket: the seam that both stores share
// (store/turbopuffer over HTTP, store/embedded in process).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace layer::wire {

enum class Method : unsigned char { kGet, kHead, kPost, kPut, kPatch, kDelete, kOther };
std::string_view name(Method method);

struct Request {
  Method method = Method::kGet;
  std::string path;            // raw, still percent-encoded, without the query string
  std::string query;           // without '?'
  std::string body;            // already decompressed
  bool respond_async = false;  // "prefer: respond-async" was sent
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};  // lower-case names
};

}  // namespace layer::wire
