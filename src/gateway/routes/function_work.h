// Workers of functions over HTTP: POST /v2/udfs/{id}/claim and .../items/heartbeat, complete, fail.
// Rows are read and written in the worker's name, by the way of every write.
// Thread safety: as RouteHandler.
#pragma once

#include "features/functions/function_work.h"
#include "gateway/routes/functions.h"

namespace layer::gateway {

class FunctionWorkRoute final : public RouteHandler {
 public:
  explicit FunctionWorkRoute(const FunctionParts& parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  using Function = features::functions::RegisteredFunction;

  async::Task<Result<http::Response>> claim(Exchange& exchange, const Function& function);
  async::Task<Result<http::Response>> heartbeat(Exchange& exchange, const Function& function);
  async::Task<Result<http::Response>> complete(Exchange& exchange, const Function& function);
  async::Task<Result<http::Response>> fail(Exchange& exchange, const Function& function);
  // Counts how the items ended. Errors: kConflict where none was the worker's.
  Result<http::Response> answer(const Function& function, const queue::Outcomes& outcomes,
                                bool dispositions, std::string_view result);
  // Of a caller; it is used while the exchange lives.
  features::functions::FunctionWork work_for(Exchange& exchange, const Function& function);
  async::Task<Result<store::Answer>> write(Exchange& exchange, std::string function, std::string ns,
                                           std::string body);

  const FunctionParts& parts_;
};

}  // namespace layer::gateway
