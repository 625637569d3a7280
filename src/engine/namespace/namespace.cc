#include "engine/namespace/namespace.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/failpoint.h"
#include "core/limits.h"
#include "engine/namespace/paths.h"
#include "engine/namespace/snapshot_edit.h"
#include "wire/schema_merge.h"

namespace layer::engine::ns {
namespace {

// Beyond so many a log file is closed after each commit, so that thousands of namespaces written in
// turn do not use up the process's file descriptors.
constexpr std::uint32_t kOpenLogFilesMax = 256;
// A group holds about so many bytes of requests: the latency of its first member is bounded.
constexpr std::size_t kGroupBytesMax = 32 * core::limits::kMiB;

std::unexpected<Error> not_found(std::string_view name) {
  return fail(ErrorCode::kNotFound, fmt::format("🤷 namespace '{}' was not found", name));
}

}  // namespace

std::filesystem::path Context::directory_of(std::string_view name) const {
  return options.directory / "namespaces" / (std::string(kNamespacePrefix) + std::string(name));
}

std::filesystem::path Context::temporary_directory() {
  return options.directory / "tmp" / std::to_string(temporary_names.fetch_add(1));
}

Namespace::Namespace(Context& context, std::string name, std::filesystem::path directory,
                     State state, Journal journal)
    : context_(context),
      name_(std::move(name)),
      directory_(std::move(directory)),
      journal_(std::move(journal)),
      state_(std::make_shared<const State>(std::move(state))) {}

Namespace::~Namespace() {
  if (counted_log_file_) {
    --context_.open_log_files;
  }
}

std::shared_ptr<Namespace> Namespace::absent(Context& context, std::string name) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->schema = std::make_shared<const wire::Schema>();
  auto directory = context.temporary_directory();
  Journal journal(context.files, directory, context.options.sync, 1, 1);
  return std::shared_ptr<Namespace>(new Namespace(context, std::move(name), std::move(directory),
                                                  State{.snapshot = std::move(snapshot)},
                                                  std::move(journal)));
}

Result<std::shared_ptr<Namespace>> Namespace::open(Context& context, std::string name) {
  auto directory = context.directory_of(name);
  LAYER_ASSIGN(Recovered found, recover(context.files, directory, context.options.sync));
  State state{.snapshot = std::move(found.snapshot),
              .settings = std::move(found.settings),
              .exists = true,
              .log_bytes = found.log_bytes};
  std::shared_ptr<Namespace> opened(new Namespace(context, std::move(name), std::move(directory),
                                                  std::move(state), std::move(found.journal)));
  opened->flushed_log_ = found.manifest.first_log;
  opened->flushed_sequence_ = found.manifest.sequence;
  opened->next_file_ = found.manifest.next_file;
  opened->manifest_ = std::move(found.manifest);
  opened->tombstones_ = std::move(found.tombstones);
  return opened;
}

std::shared_ptr<const Namespace::State> Namespace::state() const {
  const std::scoped_lock lock(state_mutex_);
  return state_;
}

void Namespace::publish(State state) {
  auto next = std::make_shared<const State>(std::move(state));
  const std::scoped_lock lock(state_mutex_);
  // The old one is released by `next` after the lock, since it may be the last owner of segments.
  std::swap(state_, next);
}

bool Namespace::exists() const {
  return state()->exists;
}

std::shared_ptr<const Snapshot> Namespace::snapshot() const {
  return state()->snapshot;
}

Settings Namespace::settings() const {
  return state()->settings;
}

Metadata Namespace::metadata() const {
  const auto now = state();
  Metadata metadata{.schema = now->snapshot->schema, .settings = now->settings};
  std::uint64_t waiting_bytes = 0;
  std::uint64_t waiting_rows = 0;
  for (const SegmentView& view : now->snapshot->segments) {
    if (!view.persisted) {
      continue;
    }
    metadata.approx_row_count += view.live();
    metadata.approx_logical_bytes += live_bytes(view);
    if (is_stale(*view.segment, *now->snapshot->schema)) {
      waiting_bytes += live_bytes(view);
      waiting_rows += view.live();
    }
  }
  if (waiting_bytes > 0 || flush_due(*now->snapshot, now->log_bytes, context_.limits)) {
    metadata.unindexed = {.bytes = waiting_bytes + memory_bytes(*now->snapshot),
                          .rows = waiting_rows + memory_documents(*now->snapshot)};
  }
  return metadata;
}

std::optional<Result<wire::WriteResponse>> Namespace::write(const wire::WriteRequest& request) {
  Pending pending{.request = &request};
  submit(pending);
  if (pending.gone) {
    return std::nullopt;
  }
  return std::move(pending.result);
}

std::optional<Result<std::shared_ptr<const wire::Schema>>> Namespace::update_schema(
    const wire::SchemaInput& input) {
  Pending pending{.request = &input};
  submit(pending);
  if (pending.gone) {
    return std::nullopt;
  }
  if (!pending.result) {
    return std::unexpected(std::move(pending.result).error());
  }
  return std::move(pending.schema);
}

std::optional<Result<Metadata>> Namespace::update_settings(const SettingsUpdate& update) {
  Pending pending{.request = &update};
  submit(pending);
  if (pending.gone) {
    return std::nullopt;
  }
  if (!pending.result) {
    return std::unexpected(std::move(pending.result).error());
  }
  return metadata();
}

// Follows until somebody has done the work, or leads a group that begins with the oldest request.
void Namespace::submit(Pending& pending) {
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&pending);
  queue_changed_.wait(lock, [&] { return pending.done || !leading_; });
  while (!pending.done) {
    leading_ = true;
    std::size_t bytes = 0;
    std::size_t count = 0;
    while (count < queue_.size() && bytes <= kGroupBytesMax) {
      const auto* write = std::get_if<const wire::WriteRequest*>(&queue_[count]->request);
      bytes += write != nullptr ? (*write)->document.text().size() : 0;
      ++count;
    }
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<Pending*> group(queue_.begin(), end);
    queue_.erase(queue_.begin(), end);
    lock.unlock();
    commit(group);
    lock.lock();
    for (Pending* member : group) {
      member->done = true;
    }
    leading_ = false;
    queue_changed_.notify_all();
  }
}

void Namespace::commit(std::span<Pending* const> group) {
  const std::scoped_lock lock(commit_mutex_);
  if (removed_) {
    for (Pending* pending : group) {
      pending->gone = true;
    }
    return;
  }
  const auto now = state();
  Working working{.base = now->snapshot,
                  .schema = now->snapshot->schema,
                  .settings = now->settings,
                  .exists = now->exists};
  for (Pending* pending : group) {
    if (auto ran = run(*pending, working); !ran) {
      pending->result = std::unexpected(std::move(ran).error());
    }
  }
  if (!journal_.pending()) {
    return;
  }
  if (auto finished = finish(working); !finished) {
    // Also those that changed nothing: they may have seen what did not come to be.
    for (Pending* pending : group) {
      if (pending->result) {
        pending->result = std::unexpected(finished.error());
      }
    }
  }
  mind_log_file();
}

Result<void> Namespace::run(Pending& pending, Working& working) {
  auto outcome = std::visit(
      [&](const auto* request) -> Result<Outcome> {
        using Request = std::remove_cvref_t<decltype(*request)>;
        if constexpr (std::is_same_v<Request, wire::WriteRequest>) {
          return run_write(*request, working);
        } else if constexpr (std::is_same_v<Request, wire::SchemaInput>) {
          return run_schema(*request, working);
        } else {
          return run_settings(*request, working);
        }
      },
      pending.request);
  if (!outcome) {
    return std::unexpected(std::move(outcome).error());
  }
  if (outcome->changes() || !working.exists || outcome->settings != working.settings) {
    LAYER_TRY(begin_directory());
    const std::string record =
        encode_record(outcome->schema_changed ? outcome->schema.get() : nullptr, outcome->settings,
                      outcome->rows);
    LAYER_TRY(journal_.add(record));
    working.log_bytes += record.size();
  }
  pending.result = std::move(outcome->response);
  pending.schema = outcome->schema;
  merge(std::move(*outcome), working);
  return {};
}

Result<Outcome> Namespace::run_write(const wire::WriteRequest& request, Working& working) {
  if (!working.exists && !request.creates()) {
    return not_found(name_);
  }
  const bool by_id_only = !request.delete_by_filter && !request.patch_by_filter && !request.patches;
  if (!(request.disable_backpressure && by_id_only) &&
      memory_bytes(*working.base) > core::limits::unindexed_bytes_max) {
    return fail(ErrorCode::kTooManyRequests,
                fmt::format("💔 more than {} bytes of namespace '{}' are not indexed yet; retry "
                            "later, or set `disable_backpressure`",
                            core::limits::unindexed_bytes_max, name_));
  }
  return apply(request, working, context_.now());
}

Result<Outcome> Namespace::run_schema(const wire::SchemaInput& input, Working& working) {
  if (!working.exists) {
    return not_found(name_);
  }
  if (working.settings.read_only) {
    return fail(ErrorCode::kInvalidArgument,
                "💔 Writes not permitted. This namespace is read-only.");
  }
  auto schema = std::make_shared<wire::Schema>(*working.schema);
  LAYER_TRY(wire::merge_schema(*schema, input, false, std::nullopt));
  Outcome outcome{.response = {}, .schema = working.schema, .settings = working.settings};
  if (!(*schema == *working.schema)) {
    outcome.schema = std::move(schema);
    outcome.schema_changed = true;
    outcome.settings.updated_at = context_.now();
  }
  return outcome;
}

Result<Outcome> Namespace::run_settings(const SettingsUpdate& update, Working& working) {
  if (!working.exists) {
    return not_found(name_);
  }
  Outcome outcome{.response = {}, .schema = working.schema, .settings = working.settings};
  if (update.read_only) {
    outcome.settings.read_only = *update.read_only;
  }
  if (update.replicas) {
    if (*update.replicas == 0U) {
      return fail(ErrorCode::kInvalidArgument, "💔 replicas must be greater than 0");
    }
    outcome.settings.pinning.reset();
    if (*update.replicas) {
      outcome.settings.pinning =
          Pinning{.replicas = **update.replicas, .updated_at = context_.now()};
    }
  }
  return outcome;
}

// The snapshot is built before the log is written: a write that cannot be shown is not logged.
Result<void> Namespace::finish(Working& working) {
  const auto drop = [&](Error error) {
    journal_.drop_pending();
    if (!state()->exists) {
      (void)context_.files.remove_all(directory_);
      directory_ = context_.temporary_directory();
      journal_ = Journal(context_.files, directory_, context_.options.sync, 1, 1);
    }
    return std::unexpected(std::move(error));
  };
  if (auto done = working.materialize(); !done) {
    return drop(done.error());
  }
  auto tidied = tidy(working.base, working.schema != state()->snapshot->schema);
  if (!tidied) {
    return drop(tidied.error());
  }
  if (auto written = journal_.commit(); !written) {
    return drop(written.error());
  }
  if (!state()->exists) {
    if (auto settled = settle_directory(); !settled) {
      return drop(settled.error());
    }
  }
  auto snapshot = std::make_shared<Snapshot>(**tidied);
  snapshot->version = journal_.last_sequence();
  const std::uint64_t log_bytes = state()->log_bytes + working.log_bytes;
  core::failpoint("publish.before");
  publish({.snapshot = std::move(snapshot),
           .settings = std::move(working.settings),
           .exists = true,
           .log_bytes = log_bytes});
  return {};
}

// A new namespace is written below tmp/ and gets its name only when its first record is safe, so
// that a crash leaves a whole namespace or none.
Result<void> Namespace::begin_directory() {
  if (state()->exists || journal_.pending()) {
    return {};
  }
  return context_.files.create_directories(directory_);
}

Result<void> Namespace::settle_directory() {
  const auto final_directory = context_.directory_of(name_);
  LAYER_TRY(context_.files.rename(directory_, final_directory));
  directory_ = final_directory;
  journal_.relocate(final_directory);
  if (context_.options.sync) {
    LAYER_TRY(context_.files.sync_directory(final_directory.parent_path()));
  }
  return {};
}

// Keeps the number of segments in memory low, and their structures those of the schema.
Result<std::shared_ptr<const Snapshot>> Namespace::tidy(std::shared_ptr<const Snapshot> snapshot,
                                                        bool schema_changed) const {
  std::vector<SegmentView> inputs;
  if (schema_changed) {
    std::ranges::copy_if(snapshot->segments, std::back_inserter(inputs),
                         [&](const SegmentView& view) {
                           return !view.persisted && is_stale(*view.segment, *snapshot->schema) &&
                                  std::ranges::find(busy_, view.segment.get()) == busy_.end();
                         });
  }
  if (inputs.empty()) {
    inputs = pick_small(*snapshot, busy_, context_.limits);
  }
  if (inputs.empty()) {
    return snapshot;
  }
  LAYER_ASSIGN(const std::optional<SegmentView> output, merge_in_memory(*snapshot->schema, inputs));
  return with_replaced(*snapshot, inputs, output);
}

void Namespace::mind_log_file() {
  const bool holds = journal_.holds_file();
  if (holds != counted_log_file_) {
    context_.open_log_files += holds ? 1U : ~0U;
    counted_log_file_ = holds;
  }
  if (holds && context_.open_log_files > kOpenLogFilesMax) {
    journal_.release_file();
    --context_.open_log_files;
    counted_log_file_ = false;
  }
}

void Namespace::retire() {
  cancelled_ = true;
  const std::scoped_lock lanes(flush_mutex_, compact_mutex_);
  const std::scoped_lock lock(manifest_mutex_, commit_mutex_);
  removed_ = true;
  journal_.release_file();
  mind_log_file();
}

}  // namespace layer::engine::ns
