#include "store/embedded/embedded_store.h"

#include <exception>
#include <utility>

#include "core/text.h"

namespace layer::store {
namespace {

wire::Response error(int status, std::string_view message) {
  wire::Response response;
  response.status = status;
  response.body = R"({"status":"error","error":)" + core::json_string(message) + "}";
  return response;
}

}  // namespace

wire::Response unknown_error() {
  return error(500,
               "🐡 Unknown error, if this persists, please contact support!! We'll be happy to "
               "help :)");
}

wire::Response busy() {
  auto response = error(429, "💔 too many requests are waiting, try again later");
  response.headers = {{"retry-after", "1"}, {"retry-after-ms", "250"}};
  return response;
}

async::Task<wire::Response> EmbeddedStore::handle(wire::Request request) {
  const std::string path = request.path;  // for the log: the engine takes the request
  std::string failure;
  auto done = co_await pool_.run([&] {
    try {
      return engine_.handle(std::move(request));
    } catch (const std::exception& caught) {
      failure = caught.what();
      return unknown_error();
    }
  });
  if (!failure.empty()) {
    log_.error("the engine failed", {{"path", path}, {"what", failure}});
  }
  if (done) {
    co_return std::move(*done);
  }
  if (done.error().code == ErrorCode::kTooManyRequests) {
    co_return busy();
  }
  co_return error(503, done.error().message);
}

}  // namespace layer::store
