#include "features/history/query_index.h"

namespace layer::features::history {
namespace {

// Of an entry beside its texts: node, control block, queue slot.
constexpr std::size_t kEntryBytes = 320;

}  // namespace

void QueryIndex::add(const QueryEntry& entry) {
  auto made = std::make_shared<Entry>();
  made->id = entry.who.query_id.empty() ? entry.trace_id : entry.who.query_id;
  made->trace_id = entry.trace_id;
  made->recorded = {.ns = entry.ns, .top_ids = entry.top_ids};
  made->at = clock_.steady();
  made->bytes = kEntryBytes + made->id.size() + made->trace_id.size() + entry.ns.size();
  for (const std::string& id : entry.top_ids) {
    made->bytes += sizeof(std::string) + id.size();
  }
  const std::scoped_lock lock(mutex_);
  if (const auto found = by_id_.find(made->id); found != by_id_.end()) {
    if (found->second->trace_id == made->trace_id) {
      return;
    }
    by_id_.erase(found);  // its entry leaves the queue in its turn
  }
  by_id_.emplace(made->id, made);
  bytes_ += made->bytes;
  oldest_first_.push_back(std::move(made));
  const auto now = clock_.steady();
  while (!oldest_first_.empty() &&
         (bytes_ > bytes_max_ || now - oldest_first_.front()->at > kKeptFor)) {
    drop_oldest();
  }
}

void QueryIndex::drop_oldest() {
  const auto& entry = oldest_first_.front();
  if (const auto found = by_id_.find(entry->id); found != by_id_.end() && found->second == entry) {
    by_id_.erase(found);
  }
  bytes_ -= entry->bytes;
  oldest_first_.pop_front();
}

std::optional<Reader::Recorded> QueryIndex::find(std::string_view query_id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_id_.find(query_id);
  if (found == by_id_.end() || clock_.steady() - found->second->at > kKeptFor) {
    return std::nullopt;
  }
  return found->second->recorded;
}

void QueryIndex::forget(std::string_view ns) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(by_id_, [&](const auto& each) { return each.second->recorded.ns == ns; });
}

std::size_t QueryIndex::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace layer::features::history
