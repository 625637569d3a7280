// What a namespace's delete removes of its search history. Searches and clicks share segments: the
// place "history" removes both, "clickstream" confirms it. Thread safety: as PurgePlace.
#pragma once

#include <string>

#include "features/deletions/purge_place.h"
#include "features/history/history.h"
#include "features/history/segment_name.h"

namespace layer::features::history {

// "history" or "clickstream"
class HistoryPlace final : public deletions::ObjectsPlace {
 public:
  // The object store outlives the place.
  HistoryPlace(std::string_view name, objects::ObjectStore& objects)
      : ObjectsPlace(name, objects) {}

 protected:
  std::string prefix(const deletions::PurgeIntent& intent) const override {
    return namespace_prefix(intent.ns);
  }
};

// "history_spool:<gateway>": of this process. Before the place "history", or what is uploaded in
// between stays.
class HistorySpoolPlace final : public deletions::PurgePlace {
 public:
  // The history outlives the place.
  HistorySpoolPlace(std::string_view gateway, History& history)
      : name_("history_spool:" + std::string(gateway)), history_(history) {}

  std::string_view name() const override { return name_; }
  async::Task<Result<deletions::Purged>> purge(deletions::PurgeIntent intent) override;

 private:
  const std::string name_;
  History& history_;
};

}  // namespace layer::features::history
