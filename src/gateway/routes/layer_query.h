// Queries with the gateway's own fields (rules Q1 to Q4 of the contract), from the exchange to its
// answer; explain_query tells what such a query would ask the store for. Thread safety: as
// RouteHandler.
#pragma once

#include <string>

#include "core/metrics.h"
#include "features/freshness/stability.h"
#include "features/reserved/query_shape.h"
#include "features/search/searcher.h"
#include "gateway/exchange.h"
#include "gateway/namespace_settings.h"

namespace layer::gateway {

class LayerQueries {
 public:
  // All of them outlive it.
  struct Parts {
    features::search::Searcher& searcher;
    features::freshness::StabilitySource& stability;
    core::Metrics& metrics;
  };
  explicit LayerQueries(Parts parts) : parts_(parts) {}

  struct Asked {
    std::string body;  // one JSON object, decoded, with what is hidden
    features::freshness::ReadLevel level;
  };
  // Whether one query is more than the store's own and the bounds of which rows count. Shape and
  // body outlive the wait.
  async::Task<bool> concern(const features::reserved::QueryShape& shape, std::string_view body,
                            std::string ns);
  // Errors: those of Searcher::search.
  async::Task<Result<http::Response>> answer(Exchange& exchange, const NamespaceSettings& settings,
                                             Asked asked);

  // Whether members of `queries` have to be rewritten first.
  static bool concern_members(const features::reserved::QueryShape& shape);
  // The body with rankings of the store's wire. Errors: those of Searcher::rewrite_queries.
  async::Task<Result<features::search::TextOutcome>> rewrite(Exchange& exchange,
                                                             const NamespaceSettings& settings,
                                                             std::string body);

 private:
  async::Task<Result<http::Response>> explain(Exchange& exchange,
                                              features::search::SearchPlace place,
                                              features::search::SearchAsk ask);

  Parts parts_;
};

// The store's refusal as it came (rule E1).
http::Response relay_refusal(Exchange& exchange, features::pages::StoreReply reply);

}  // namespace layer::gateway
