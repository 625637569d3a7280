// A fetch route whose requests are clicks when they belong to a query (rules G3 and HI5 of the
// contract): they carry the query's trace or its id. Thread safety: as RouteHandler.
#pragma once

#include "gateway/history/entry_writer.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class ClickCapture final : public RouteHandler {
 public:
  // Both outlive it.
  ClickCapture(EntryWriter& writer, RouteHandler& inner) : writer_(writer), inner_(inner) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  EntryWriter& writer_;
  RouteHandler& inner_;
};

}  // namespace layer::gateway
