#include "engine/routes/respond.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "wire/print.h"

namespace layer::engine::routes {

wire::Response json_response(std::string body, int status) {
  wire::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

wire::Response error_response(const Error& error) {
  wire::Response response;
  response.status = core::info(error.code).http_status;
  if (error.code == ErrorCode::kInvalidUrl) {
    response.content_type = "text/plain; charset=utf-8";
    response.body = error.message;
  } else {
    response.body = wire::print_error(error);
  }
  return response;
}

wire::Response respond(const std::function<Result<wire::Response>()>& work) {
  try {
    auto response = work();
    return response ? std::move(*response) : error_response(response.error());
  } catch (const std::bad_alloc&) {
    return error_response({.code = ErrorCode::kInternal,
                           .message = "💔 the request needs more memory than there is: send fewer "
                                      "rows or ask for fewer"});
  } catch (const std::exception&) {
    return error_response({.code = ErrorCode::kInternal,
                           .message = "🐡 Unknown error, if this persists, please contact "
                                      "support!! We'll be happy to help :)"});
  }
}

std::uint64_t Stopwatch::total_ms() const {
  const auto elapsed =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 1));
}

}  // namespace layer::engine::routes
