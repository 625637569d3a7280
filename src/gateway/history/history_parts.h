// What the routes that show search history are made from. All of it outlives them. Thread safety:
// as each of them.
#pragma once

#include <string>

#include "core/clock.h"
#include "core/signer.h"
#include "features/history/reader.h"
#include "features/namespaces/routing.h"
#include "gateway/exchange.h"

namespace layer::gateway {

struct HistoryParts {
  features::history::Reader* reader;  // null: history is switched off
  const features::namespaces::Router& router;
  const core::Signer& signer;
  const core::Clock& clock;
};

// kFeatureUnavailable, reason history_off.
Error history_is_off();
// Errors: history_is_off().
Result<features::history::Reader*> reader_of(const HistoryParts& parts);
// The name under which the history of the request's namespace is kept. Errors: those of
// RoutingTable::find.
Result<std::string> history_name(const HistoryParts& parts, const Exchange& exchange);
// What a failure of the object store is answered with.
Error history_failure(Error error);

}  // namespace layer::gateway
