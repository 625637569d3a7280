#include "features/history/intake.h"

namespace layer::features::history {
namespace {

std::size_t bytes_of(const Identity& who) {
  std::size_t bytes = who.raw_query.size() + who.query_id.size() + who.client_id.size() +
                      who.session_id.size() + who.user_id.size() + who.application.size() +
                      who.key_id.size();
  for (const std::string& tag : who.tags) {
    bytes += sizeof(tag) + tag.size();
  }
  return bytes;
}

std::size_t bytes_of(const Intake::Record& record) {
  if (const auto* query = std::get_if<QueryEntry>(&record)) {
    std::size_t bytes = sizeof(record) + bytes_of(query->who) + query->query.size();
    for (const std::string& id : query->top_ids) {
      bytes += sizeof(id) + id.size();
    }
    return bytes;
  }
  const auto& click = std::get<Click>(record);
  return sizeof(record) + bytes_of(click.who) + click.doc_id.size() + click.ubi.size();
}

}  // namespace

bool Intake::push(Record record) {
  const std::size_t bytes = bytes_of(record);
  const std::scoped_lock lock(mutex_);
  if (closed_ || records_.size() >= kRecordsMax || bytes_ + bytes > kBytesMax) {
    return false;
  }
  const bool first = records_.empty();
  records_.push_back(std::move(record));
  bytes_ += bytes;
  if (first) {
    wake_();  // under the lock: after close() nobody wakes anything any more
  }
  return true;
}

std::deque<Intake::Record> Intake::take() {
  const std::scoped_lock lock(mutex_);
  bytes_ = 0;
  return std::exchange(records_, {});
}

bool Intake::empty() const {
  const std::scoped_lock lock(mutex_);
  return records_.empty();
}

void Intake::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

}  // namespace layer::features::history
