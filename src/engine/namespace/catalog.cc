#include "engine/namespace/catalog.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/failpoint.h"
#include "engine/namespace/namespace.h"
#include "engine/namespace/paths.h"
#include "engine/namespace/upkeep_pool.h"

namespace layer::engine::ns {
namespace {

// The store sorts names by this.
std::string key_of(std::string_view name) {
  return std::string(name) + "-table/";
}

std::unexpected<Error> not_found(std::string_view name) {
  return fail(ErrorCode::kNotFound, fmt::format("🤷 namespace '{}' was not found", name));
}

std::int64_t system_now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

UpkeepLimits limits_of(const CatalogOptions& options) {
  UpkeepLimits limits;
  limits.memory_bytes_max = options.memory_segment_bytes_max;
  limits.memory_rows_max = options.memory_segment_rows_max;
  limits.log_bytes_max = 4 * options.memory_segment_bytes_max;
  return limits;
}

// A name. While it is being opened, removed or renamed into place, `busy` is held; the other
// members belong to the catalog's lock.
struct Slot {
  explicit Slot(std::string n) : name(std::move(n)) {}
  const std::string name;
  std::mutex busy;
  std::shared_ptr<Namespace> open;  // null: closed
  bool on_disk = false;             // known to exist, open or not
  bool dropped = false;             // not in the map any more
  std::uint64_t last_used = 0;
  std::optional<Error> damage{};  // found when it was opened; stays until it is removed
};

class CatalogOnDisk final : public Catalog {
 public:
  CatalogOnDisk(CatalogOptions options, storage::FileSystem& files, std::shared_ptr<void> lock)
      : lock_(std::move(lock)),
        context_{.files = files,
                 .options = std::move(options),
                 .limits = {},
                 .now =
                     [this] {
                       const auto& clock = context_.options.now_ms;
                       return wire::Datetime{clock ? clock() : system_now_ms()};
                     }},
        pool_(context_.options.maintenance_threads, context_.options.logger,
              [this](const std::weak_ptr<Namespace>& target) { return pin(target); }) {
    context_.limits = limits_of(context_.options);
  }
  ~CatalogOnDisk() override { stop(); }

  // Learns the names; opens nothing.
  Result<void> load() {
    const auto folder = context_.options.directory / "namespaces";
    const auto temporary = context_.options.directory / "tmp";
    LAYER_TRY(context_.files.create_directories(folder));
    LAYER_TRY(context_.files.remove_all(temporary));
    LAYER_TRY(context_.files.create_directories(temporary));
    LAYER_TRY(context_.files.sync_directory(context_.options.directory));
    LAYER_ASSIGN(const std::vector<std::string> names, context_.files.list(folder));
    for (const std::string& directory : names) {
      if (directory.starts_with(kNamespacePrefix)) {
        auto slot = std::make_shared<Slot>(directory.substr(kNamespacePrefix.size()));
        slot->on_disk = true;
        slots_.emplace(key_of(slot->name), std::move(slot));
      }
    }
    return {};
  }

  NamePage list(std::string_view prefix, std::string_view start_after,
                std::size_t page_size) override {
    const std::scoped_lock lock(mutex_);
    NamePage page;
    auto at = slots_.lower_bound(prefix);
    if (!start_after.empty()) {
      const auto after = slots_.upper_bound(key_of(start_after));
      at = after == slots_.end() || at == slots_.end() || after->first > at->first ? after : at;
    }
    for (; at != slots_.end() && at->first.starts_with(prefix); ++at) {
      const Slot& slot = *at->second;
      if (!slot.name.starts_with(prefix) || !is_visible(slot)) {
        continue;
      }
      if (page.names.size() == page_size) {
        page.more = true;
        break;
      }
      page.names.push_back(slot.name);
    }
    return page;
  }

  Result<std::shared_ptr<const Snapshot>> snapshot(std::string_view name) override {
    LAYER_ASSIGN(const auto found, acquire(name, false));
    return found->snapshot();
  }

  Result<Metadata> metadata(std::string_view name) override {
    LAYER_ASSIGN(const auto found, acquire(name, false));
    return found->metadata();
  }

  Result<wire::WriteResponse> write(std::string_view name, wire::WriteRequest request) override {
    if (request.copy_from_namespace) {
      return copy(name, request, *request.copy_from_namespace, false);
    }
    if (request.branch_from_namespace) {
      return copy(name, request, *request.branch_from_namespace, true);
    }
    return change<wire::WriteResponse>(name, request.creates(),
                                       [&](Namespace& target) { return target.write(request); });
  }

  Result<std::shared_ptr<const wire::Schema>> update_schema(
      std::string_view name, const wire::SchemaInput& input) override {
    return change<std::shared_ptr<const wire::Schema>>(
        name, false, [&](Namespace& target) { return target.update_schema(input); });
  }

  Result<Metadata> update_settings(std::string_view name, const SettingsUpdate& update) override {
    return change<Metadata>(name, false,
                            [&](Namespace& target) { return target.update_settings(update); });
  }

  Result<void> remove(std::string_view name) override {
    std::shared_ptr<Slot> slot = find(name);
    if (slot == nullptr) {
      return not_found(name);
    }
    const auto trash = context_.temporary_directory();
    {
      const std::scoped_lock busy(slot->busy);
      std::shared_ptr<Namespace> open;
      {
        const std::scoped_lock lock(mutex_);
        if (slot->dropped || !is_visible(*slot)) {
          return not_found(name);
        }
        open = slot->open;
      }
      if (open != nullptr) {
        open->retire();
      }
      core::failpoint("delete.before");
      const Result<void> moved = bury(name, trash);
      const std::scoped_lock lock(mutex_);
      close(*slot);
      LAYER_TRY(moved);
      drop(*slot);
    }
    core::failpoint("delete.renamed");
    return context_.files.remove_all(trash);
  }

  Result<void> warm(std::string_view name) override {
    LAYER_TRY(acquire(name, false));
    return {};
  }

  Result<void> settle(std::string_view name) override {
    LAYER_ASSIGN(const auto found, acquire(name, false));
    LAYER_TRY(found->flush());
    for (bool more = true; more;) {
      LAYER_ASSIGN(more, found->upkeep(Upkeep::kCompact));
    }
    return {};
  }

  void stop() override {
    {
      const std::scoped_lock lock(mutex_);
      stopped_ = true;
      for (const auto& [key, slot] : slots_) {
        if (slot->open != nullptr) {
          slot->open->cancel_upkeep();
        }
      }
    }
    pool_.stop();
  }

 private:
  // A namespace that is not the open one of its name any more must not be worked on: its files may
  // have another owner.
  std::shared_ptr<Namespace> pin(const std::weak_ptr<Namespace>& target) {
    const std::scoped_lock lock(mutex_);
    auto found = target.lock();
    if (found == nullptr) {
      return nullptr;
    }
    const auto at = slots_.find(key_of(found->name()));
    return at != slots_.end() && at->second->open == found ? found : nullptr;
  }

  static bool is_visible(const Slot& slot) {
    return slot.on_disk || (slot.open != nullptr && slot.open->exists());
  }

  std::shared_ptr<Slot> find(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    const auto at = slots_.find(key_of(name));
    return at == slots_.end() ? nullptr : at->second;
  }

  // Under the lock.
  void close(Slot& slot) {
    if (slot.open != nullptr) {
      slot.open = nullptr;
      --open_count_;
    }
  }
  void drop(Slot& slot) {
    slot.dropped = true;
    slots_.erase(key_of(slot.name));
  }

  Result<void> bury(std::string_view name, const std::filesystem::path& trash) {
    const auto directory = context_.directory_of(name);
    LAYER_TRY(context_.files.rename(directory, trash));
    if (!context_.options.sync) {
      return {};
    }
    LAYER_TRY(context_.files.sync_directory(directory.parent_path()));
    return context_.files.sync_directory(trash.parent_path());
  }

  // The open namespace of a name; with `create` one that does not exist yet will do.
  Result<std::shared_ptr<Namespace>> acquire(std::string_view name, bool create) {
    for (;;) {
      std::shared_ptr<Slot> slot;
      {
        const std::scoped_lock lock(mutex_);
        if (stopped_) {
          return fail(ErrorCode::kUnavailable, "the engine is stopping");
        }
        auto at = slots_.find(key_of(name));
        if (at == slots_.end()) {
          if (!create) {
            return not_found(name);
          }
          at = slots_.emplace(key_of(name), std::make_shared<Slot>(std::string(name))).first;
          at->second->open = Namespace::absent(context_, std::string(name));
          ++open_count_;
        }
        slot = at->second;
        slot->last_used = ++uses_;
        if (slot->open != nullptr) {
          if (!create && !slot->open->exists()) {
            return not_found(name);
          }
          return slot->open;
        }
        if (slot->damage) {
          return std::unexpected(*slot->damage);
        }
      }
      LAYER_TRY(open(*slot));
    }
  }

  Result<void> open(Slot& slot) {
    const std::scoped_lock busy(slot.busy);
    {
      const std::scoped_lock lock(mutex_);
      if (slot.open != nullptr || slot.dropped || slot.damage) {
        return {};
      }
    }
    auto opened = Namespace::open(context_, slot.name);
    std::vector<std::shared_ptr<Namespace>> closed;  // destroyed after the lock
    {
      const std::scoped_lock lock(mutex_);
      if (!opened) {
        if (opened.error().code == ErrorCode::kCorrupt) {
          slot.damage = opened.error();
        }
        return std::unexpected(std::move(opened).error());
      }
      slot.open = *opened;
      ++open_count_;
      closed = evict();
    }
    pool_.schedule(*opened);
    return {};
  }

  // Closes the namespaces that were not used for longest, except those in use. Under the lock.
  std::vector<std::shared_ptr<Namespace>> evict() {
    std::vector<std::shared_ptr<Namespace>> closed;
    if (open_count_ <= context_.options.open_namespaces_max) {
      return closed;
    }
    std::vector<Slot*> idle;
    for (const auto& [key, slot] : slots_) {
      if (slot->on_disk && slot->open != nullptr && slot->open.use_count() == 1) {
        idle.push_back(slot.get());
      }
    }
    // A few at once, so that the walk over all names is paid rarely.
    const std::size_t surplus = open_count_ - context_.options.open_namespaces_max +
                                context_.options.open_namespaces_max / 16;
    const std::size_t count = std::min(idle.size(), surplus);
    std::ranges::partial_sort(idle, idle.begin() + static_cast<std::ptrdiff_t>(count), {},
                              &Slot::last_used);
    for (std::size_t i = 0; i < count; ++i) {
      closed.push_back(idle[i]->open);
      close(*idle[i]);
    }
    return closed;
  }

  // Runs a change against the namespace of that name, again when it was removed meanwhile.
  template <class T, class F>
  Result<T> change(std::string_view name, bool create, F&& run) {
    for (;;) {
      LAYER_ASSIGN(const std::shared_ptr<Namespace> target, acquire(name, create));
      std::optional<Result<T>> done = run(*target);
      if (!done) {
        await_removal(name);
        continue;
      }
      after_change(name, target);
      return std::move(*done);
    }
  }

  void await_removal(std::string_view name) {
    if (const auto slot = find(name)) {
      const std::scoped_lock busy(slot->busy);
    }
  }

  void after_change(std::string_view name, const std::shared_ptr<Namespace>& target) {
    const bool exists = target->exists();
    std::vector<std::shared_ptr<Namespace>> closed;
    {
      const std::scoped_lock lock(mutex_);
      const auto at = slots_.find(key_of(name));
      if (at != slots_.end() && at->second->open == target) {
        Slot& slot = *at->second;
        if (exists) {
          if (!slot.on_disk) {
            slot.on_disk = true;
            closed = evict();
          }
        } else if (target.use_count() == 2) {
          // The creating write failed and nobody else tries: nothing of the name stays.
          close(slot);
          drop(slot);
        }
      }
    }
    if (exists) {
      pool_.schedule(target);
    }
  }

  Result<wire::WriteResponse> copy(std::string_view name, const wire::WriteRequest& request,
                                   const wire::CopySource& from, bool branch) {
    if (request.encryption && request.encryption->customer_managed) {
      return fail(ErrorCode::kInvalidArgument,
                  "Malformed Cloud KMS crypto key: " + request.encryption->key_name);
    }
    if (from.source_region) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("💔 region '{}' is not available for cross-region "
                              "copy_from_namespace. available regions: none, this store has one "
                              "directory",
                              *from.source_region));
    }
    if (from.source_namespace == name) {
      return fail(ErrorCode::kInvalidArgument,
                  "💔 Source and destination namespace can't be the same");
    }
    LAYER_TRY(refuse_existing(name));
    LAYER_ASSIGN(const auto source, acquire(from.source_namespace, false));
    Settings settings = source->settings();
    settings.pinning.reset();
    settings.created_at = settings.updated_at = context_.now();
    settings.parent = branch ? std::optional(from.source_namespace) : std::optional<std::string>{};
    const auto directory = context_.temporary_directory();
    auto rows = source->export_to(directory, std::move(settings));
    Result<void> adopted = rows ? adopt(name, directory) : Result<void>{};
    if (!rows || !adopted) {
      (void)context_.files.remove_all(directory);
      if (!rows) {
        const bool removed = rows.error().code == ErrorCode::kCancelled;
        return removed ? not_found(from.source_namespace) : std::unexpected(rows.error());
      }
      return std::unexpected(adopted.error());
    }
    wire::WriteResponse response;
    response.message = branch ? "namespace branch successful" : "namespace cloned successfully";
    response.rows_affected_override = branch ? 0 : *rows;
    return response;
  }

  Result<void> refuse_existing(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    if (slots_.contains(key_of(name))) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("💔 Destination namespace `{}` already exists", name));
    }
    return {};
  }

  // A whole namespace in a temporary directory gets its name.
  Result<void> adopt(std::string_view name, const std::filesystem::path& directory) {
    auto slot = std::make_shared<Slot>(std::string(name));
    slot->on_disk = true;
    const std::scoped_lock busy(slot->busy);  // whoever finds the name waits for the rename
    {
      const std::scoped_lock lock(mutex_);
      if (!slots_.try_emplace(key_of(name), slot).second) {
        return fail(ErrorCode::kInvalidArgument,
                    fmt::format("💔 Destination namespace `{}` already exists", name));
      }
    }
    const auto target = context_.directory_of(name);
    core::failpoint("copy.rename.before");
    Result<void> moved = context_.files.rename(directory, target);
    if (moved && context_.options.sync) {
      moved = context_.files.sync_directory(target.parent_path());
      if (!moved) {
        (void)context_.files.remove_all(target);
      }
    }
    if (!moved) {
      const std::scoped_lock lock(mutex_);
      drop(*slot);
    }
    return moved;
  }

  std::shared_ptr<void> lock_;
  Context context_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>, std::less<>> slots_;
  std::size_t open_count_ = 0;
  std::uint64_t uses_ = 0;
  bool stopped_ = false;
  UpkeepPool pool_;
};

}  // namespace

namespace {

// Creates a directory so that it survives a power loss: each new name is synced where it stands.
Result<void> create_durably(storage::FileSystem& files, const std::filesystem::path& directory) {
  const auto parent = directory.parent_path();
  if (files.exists(directory) || parent == directory) {
    return {};
  }
  const auto above = parent.empty() ? std::filesystem::path(".") : parent;
  LAYER_TRY(create_durably(files, above));
  LAYER_TRY(files.create_directories(directory));
  return files.sync_directory(above);
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(CatalogOptions options, storage::FileSystem& files) {
  LAYER_TRY(create_durably(files, options.directory));
  LAYER_ASSIGN(auto lock, files.lock(options.directory / "LOCK"));
  auto catalog = std::make_unique<CatalogOnDisk>(std::move(options), files, std::move(lock));
  LAYER_TRY(catalog->load());
  return catalog;
}

}  // namespace layer::engine::ns
