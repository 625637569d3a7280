#include "gateway/history/entry_writer.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "features/capture/answer_rows.h"
#include "features/capture/query_text.h"
#include "gateway/history/history_mode.h"
#include "gateway/metrics_table.h"

namespace layer::gateway {
namespace {

namespace capture = features::capture;
namespace history = features::history;

// Rule FQ7 of the contract.
constexpr std::size_t kFederatedEntriesMax = 16;
constexpr std::int64_t kNsPerMs = 1'000'000;

bool is_success(int status) {
  return status >= 200 && status < 300;
}

std::optional<std::uint32_t> position_of(const history::Reader::Recorded& query,
                                         std::string_view doc_id) {
  const auto found = std::ranges::find(query.top_ids, doc_id);
  if (found == query.top_ids.end()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(found - query.top_ids.begin()) + 1;
}

}  // namespace

EntryWriter::EntryWriter(const Parts& parts) : parts_(parts), gate_(std::make_shared<Gate>()) {
  gate_->writer = this;
}

std::int64_t EntryWriter::now_ns() {
  const std::int64_t wall = parts_.clock.wall_ms() * kNsPerMs;
  std::int64_t last = last_ns_.load(std::memory_order_relaxed);
  while (true) {
    const std::int64_t now = std::max(wall, last + 1);
    if (last_ns_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
      return now;
    }
  }
}

void EntryWriter::dropped(std::string_view reason) {
  parts_.metrics.sample(spec(Metric::kHistoryDropped), {reason}).add();
}

void EntryWriter::stop() {
  const std::unique_lock lock(gate_->mutex);
  gate_->writer = nullptr;
}

template <class Passed>
void EntryWriter::send(const async::Executor& loop, Passed passed, std::size_t bytes) {
  auto work = [gate = gate_, passed = std::move(passed)]() mutable {
    const std::shared_lock lock(gate->mutex);
    if (gate->writer != nullptr) {
      gate->writer->write(std::move(passed));
    }
  };
  if (bytes <= kReadInlineBytesMax) {
    boost::asio::post(loop, std::move(work));
    return;
  }
  const auto in_pool = [](async::CpuPool& pool, std::shared_ptr<Gate> gate,
                          decltype(work) job) -> async::Task<> {
    if (const auto done = co_await pool.run(std::move(job)); !done) {
      const std::shared_lock lock(gate->mutex);
      if (gate->writer != nullptr) {
        gate->writer->dropped("busy");
      }
    }
  };
  boost::asio::co_spawn(loop, in_pool(parts_.pool, gate_, std::move(work)), boost::asio::detached);
}

void EntryWriter::write_later(const async::Executor& loop, PassedQuery passed) {
  const std::size_t bytes = passed.request.bytes.size() + passed.answer.bytes.size();
  send(loop, std::move(passed), bytes);
}

void EntryWriter::write_later(const async::Executor& loop, PassedFetch passed) {
  const std::size_t bytes = passed.answer.bytes.size();
  send(loop, std::move(passed), bytes);
}

void EntryWriter::write(PassedQuery passed) {
  passed.request.decode();
  passed.answer.decode();
  capture::QueryText query = capture::describe_query(passed.request.bytes);
  history::QueryEntry& entry = passed.entry;
  entry.truncated = passed.request.cut || passed.answer.cut;
  entry.level = !query.level.empty() ? query.level : passed.reads_stable ? "stable" : "strong";
  entry.query = std::move(query.json);
  if (passed.kind == PassedQuery::Kind::kFederated) {
    return write_federated(std::move(passed));
  }
  if (is_success(entry.status)) {
    capture::AnswerRows rows = capture::read_rows(passed.answer.bytes);
    entry.top_ids = std::move(rows.top_ids);
    entry.result_count = rows.count;
    entry.truncated |= rows.truncated;
    entry.query = capture::with_echo(std::move(entry.query), rows.hybrid, rows.routing);
  }
  parts_.recorder.record(std::move(entry));
}

void EntryWriter::write_federated(PassedQuery passed) {
  if (!is_success(passed.entry.status)) {
    return;  // which of the namespaces it was asked for are the caller's is not known here
  }
  const auto table = parts_.router.table();
  capture::FederatedRows rows = capture::read_federated_rows(passed.answer.bytes);
  if (rows.namespaces.empty()) {
    // Nothing was found: that is known of each namespace that answered.
    for (std::string& ns : rows.searched) {
      rows.namespaces.push_back({.ns = std::move(ns)});
    }
  }
  std::size_t written = 0;
  for (capture::NamespaceRows& part : rows.namespaces) {
    const auto place = history_place(*table, part.ns, passed.headers);
    if (!place) {
      continue;
    }
    if (++written > kFederatedEntriesMax) {
      return;
    }
    history::QueryEntry entry = passed.entry;
    entry.ns = place->logical;
    entry.top_ids = std::move(part.top_ids);
    entry.result_count = part.count;
    entry.truncated |= rows.truncated;
    entry.query = capture::with_echo(std::move(entry.query), rows.hybrid, rows.routing);
    parts_.recorder.record(std::move(entry));
  }
}

void EntryWriter::write(PassedFetch passed) {
  passed.answer.decode();
  history::Click& click = passed.click;
  const auto query = parts_.reader.find(click.who.query_id);
  const bool known = query && query->ns == click.ns;
  for (std::string& id : capture::read_document_ids(passed.answer.bytes)) {
    history::Click one = click;
    one.timestamp_ns = now_ns();
    one.position = known ? position_of(*query, id) : std::nullopt;
    one.doc_id = std::move(id);
    parts_.recorder.record(std::move(one));
  }
}

}  // namespace layer::gateway
