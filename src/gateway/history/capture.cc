#include "gateway/history/capture.h"

namespace layer::gateway {

void HistoryCapture::wrap(RouteHandlers& handlers, RouteHandler& forward) {
  for (const RouteId id :
       {RouteId::kQuery, RouteId::kMultiQuery, RouteId::kQueryV1, RouteId::kFederatedQuery}) {
    RouteHandler* const inner = handlers.find(id);
    handlers.serve(id, queries_.emplace_back(writer_, inner != nullptr ? *inner : forward));
  }
  for (const RouteId id : {RouteId::kDocument, RouteId::kDocumentBatch}) {
    if (RouteHandler* const inner = handlers.find(id)) {
      handlers.serve(id, fetches_.emplace_back(writer_, *inner));
    }
  }
}

}  // namespace layer::gateway
