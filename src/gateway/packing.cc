#include "gateway/packing.h"

#include <utility>

#include "http/gzip.h"
#include "http/zstd.h"

namespace layer::gateway {

Packing choose_packing(const http::Headers& request, const http::Response& response) {
  if (response.stream || response.body.size() < kPackBytesMin ||
      response.headers.has("content-encoding")) {
    return Packing::kNone;
  }
  if (http::accepts_zstd(request)) {
    return Packing::kZstd;
  }
  return http::accepts_gzip(request) ? Packing::kGzip : Packing::kNone;
}

std::string pack_body(Packing packing, std::string_view body) {
  return packing == Packing::kZstd ? http::zstd(body) : http::gzip(body);
}

void set_packed(http::Response& response, Packing packing, std::string packed) {
  response.body = std::move(packed);
  response.headers.set("content-encoding", packing == Packing::kZstd ? "zstd" : "gzip");
  response.headers.add("vary", "accept-encoding");
}

}  // namespace layer::gateway
