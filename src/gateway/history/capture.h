// Watches the routes of queries and fetches by wrapping their handlers; no route knows of it.
// Thread safety: made and entered at start.
#pragma once

#include <deque>

#include "gateway/history/click_capture.h"
#include "gateway/history/query_capture.h"

namespace layer::gateway {

class HistoryCapture {
 public:
  explicit HistoryCapture(const EntryWriter::Parts& parts) : writer_(parts) {}

  // After every other route was entered. `forward` answers queries in the older shape. Both
  // outlive it, and it outlives `handlers`.
  void wrap(RouteHandlers& handlers, RouteHandler& forward);
  // After the last request.
  void stop() { writer_.stop(); }
  EntryWriter& writer() { return writer_; }

 private:
  EntryWriter writer_;
  std::deque<QueryCapture> queries_;
  std::deque<ClickCapture> fetches_;
};

}  // namespace layer::gateway
