#include "engine/storage/memory_file_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

namespace layer::engine::storage {
namespace {

using std::filesystem::path;

// "a/./b/" and "a/b" are one name; relative names start at the root.
std::string key_of(const path& name) {
  std::string key = (path("/") / name).lexically_normal().string();
  if (key.size() > 1 && key.back() == '/') {
    key.pop_back();
  }
  return key;
}

std::string parent_of(const std::string& key) {
  return path(key).parent_path().string();
}

bool inside(std::string_view key, std::string_view folder) {
  return folder == "/" ||
         (key.size() > folder.size() && key.starts_with(folder) && key[folder.size()] == '/');
}

std::unexpected<Error> refused(std::string_view action, const std::string& key,
                               std::string_view reason) {
  return fail(ErrorCode::kIo, fmt::format("cannot {} {}: {}", action, key, reason));
}

constexpr std::string_view kMissing = "No such file or directory";

}  // namespace

struct MemoryFileSystem::Inode {
  std::vector<std::byte> bytes;
  std::vector<std::byte> durable;
};

class MemoryFileSystem::File final : public WritableFile {
 public:
  File(MemoryFileSystem& owner, std::shared_ptr<Inode> inode, std::string key)
      : owner_(owner),
        inode_(std::move(inode)),
        key_(std::move(key)),
        generation_(owner.generation_),
        size_(inode_->bytes.size()) {}

  Result<void> append(std::span<const std::byte> bytes) override {
    const std::scoped_lock lock(owner_.mutex_);
    LAYER_TRY(usable("append to"));
    inode_->bytes.insert(inode_->bytes.end(), bytes.begin(), bytes.end());
    size_ = inode_->bytes.size();
    return {};
  }

  Result<void> sync() override {
    const std::scoped_lock lock(owner_.mutex_);
    LAYER_TRY(usable("sync"));
    inode_->durable = inode_->bytes;
    return {};
  }

  Result<void> close() override {
    closed_ = true;
    return {};
  }

  std::uint64_t size() const override { return size_; }

 private:
  Result<void> usable(std::string_view action) const {
    if (closed_ || generation_ != owner_.generation_) {
      return refused(action, key_, "Bad file descriptor");
    }
    return {};
  }

  MemoryFileSystem& owner_;
  std::shared_ptr<Inode> inode_;
  std::string key_;
  std::uint64_t generation_;
  std::uint64_t size_;
  bool closed_ = false;
};

MemoryFileSystem::MemoryFileSystem() : names_{{"/", nullptr}}, durable_(names_) {}
MemoryFileSystem::~MemoryFileSystem() = default;

void MemoryFileSystem::lose_power(std::optional<std::uint64_t> seed) {
  const std::scoped_lock lock(mutex_);
  std::mt19937_64 random(seed.value_or(0));
  ++generation_;
  const std::size_t kept = seed ? random() % (pending_.size() + 1) : 0;
  for (std::size_t i = 0; i < kept; ++i) {
    apply(durable_, pending_[i]);
  }
  pending_.clear();
  // A name whose directory is lost is lost with it; parents sort before what they contain.
  std::erase_if(durable_, [&](const auto& entry) {
    for (std::string at = entry.first; at != "/"; at = parent_of(at)) {
      if (!durable_.contains(parent_of(at))) {
        return true;
      }
    }
    return false;
  });
  names_ = durable_;
  for (auto& [name, inode] : names_) {
    if (inode == nullptr) {
      continue;
    }
    if (seed && inode->bytes.size() > inode->durable.size()) {
      const std::size_t unsynced = inode->bytes.size() - inode->durable.size();
      inode->bytes.resize(inode->durable.size() + random() % (unsynced + 1));
      inode->durable = inode->bytes;
    }
    inode->bytes = inode->durable;
  }
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::create(const path& name) {
  const std::scoped_lock lock(mutex_);
  const std::string key = key_of(name);
  std::shared_ptr<Inode> inode = find(key);
  if (inode != nullptr) {
    inode->bytes.clear();
  } else if (inode = new_file(key); inode == nullptr) {
    return refused("create", key, kMissing);
  }
  return std::make_unique<File>(*this, std::move(inode), key);
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::append_to(const path& name) {
  const std::scoped_lock lock(mutex_);
  const std::string key = key_of(name);
  std::shared_ptr<Inode> inode = find(key);
  if (inode == nullptr) {
    inode = new_file(key);
  }
  if (inode == nullptr) {
    return refused("open", key, kMissing);
  }
  return std::make_unique<File>(*this, std::move(inode), key);
}

Result<std::shared_ptr<const Blob>> MemoryFileSystem::map(const path& name) {
  LAYER_ASSIGN(std::vector<std::byte> bytes, read(name));
  return memory_blob(std::move(bytes), name.string());
}

Result<std::vector<std::byte>> MemoryFileSystem::read(const path& name) {
  const std::scoped_lock lock(mutex_);
  const std::string key = key_of(name);
  const std::shared_ptr<Inode> inode = find(key);
  if (inode == nullptr) {
    return refused("open", key, kMissing);
  }
  return inode->bytes;
}

Result<void> MemoryFileSystem::rename(const path& from, const path& to) {
  const std::scoped_lock lock(mutex_);
  const std::string source = key_of(from);
  const std::string target = key_of(to);
  const auto at = names_.find(source);
  if (at == names_.end() || !parent_exists(target)) {
    return refused("rename", source, kMissing);
  }
  if (at->second != nullptr) {
    change({.gone = source, .path = target, .inode = at->second});
    return {};
  }
  // What waits inside for a sync of its directory goes with it.
  for (Change& pending : pending_) {
    for (std::string* key : {&pending.gone, &pending.path}) {
      if (inside(*key, source)) {
        *key = target + key->substr(source.size());
      }
    }
  }
  change({.gone = source, .path = target, .inode = nullptr});
  return {};
}

Result<void> MemoryFileSystem::link(const path& from, const path& to) {
  const std::scoped_lock lock(mutex_);
  const std::string target = key_of(to);
  std::shared_ptr<Inode> inode = find(key_of(from));
  if (inode == nullptr || !parent_exists(target)) {
    return refused("link", key_of(from), kMissing);
  }
  if (names_.contains(target)) {
    return refused("link", key_of(from), "File exists");
  }
  change({.gone = {}, .path = target, .inode = std::move(inode)});
  return {};
}

Result<void> MemoryFileSystem::truncate(const path& name, std::uint64_t size) {
  const std::scoped_lock lock(mutex_);
  const std::shared_ptr<Inode> inode = find(key_of(name));
  if (inode == nullptr) {
    return refused("truncate", key_of(name), kMissing);
  }
  inode->bytes.resize(size);
  inode->durable = inode->bytes;
  return {};
}

Result<void> MemoryFileSystem::remove(const path& name) {
  const std::scoped_lock lock(mutex_);
  if (find(key_of(name)) != nullptr) {
    change({.gone = key_of(name), .path = {}, .inode = nullptr});
  }
  return {};
}

Result<void> MemoryFileSystem::remove_all(const path& name) {
  const std::scoped_lock lock(mutex_);
  const std::string folder = key_of(name);
  std::vector<std::string> gone;
  for (const auto& [key, inode] : names_) {
    if (key != "/" && (key == folder || inside(key, folder))) {
      gone.push_back(key);
    }
  }
  // Contents first, as rm -r does.
  for (auto key = gone.rbegin(); key != gone.rend(); ++key) {
    change({.gone = *key, .path = {}, .inode = nullptr});
  }
  return {};
}

Result<void> MemoryFileSystem::create_directories(const path& name) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> missing;
  for (std::string key = key_of(name); !names_.contains(key); key = parent_of(key)) {
    missing.push_back(key);
  }
  for (auto key = missing.rbegin(); key != missing.rend(); ++key) {
    change({.gone = {}, .path = *key, .inode = nullptr});
  }
  return {};
}

Result<void> MemoryFileSystem::sync_directory(const path& name) {
  const std::scoped_lock lock(mutex_);
  const std::string folder = key_of(name);
  if (!names_.contains(folder)) {
    return refused("sync", folder, kMissing);
  }
  std::erase_if(pending_, [&](const Change& pending) {
    const bool here = parent_of(pending.path.empty() ? pending.gone : pending.path) == folder;
    if (here) {
      apply(durable_, pending);
    }
    return here;
  });
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const path& name) {
  const std::scoped_lock lock(mutex_);
  const std::string folder = key_of(name);
  const auto at = names_.find(folder);
  if (at == names_.end() || at->second != nullptr) {
    return refused("list", folder, kMissing);
  }
  std::vector<std::string> found;
  for (const auto& [key, inode] : names_) {
    if (key != "/" && parent_of(key) == folder) {
      found.push_back(path(key).filename().string());
    }
  }
  std::ranges::sort(found);
  return found;
}

bool MemoryFileSystem::exists(const path& name) {
  const std::scoped_lock lock(mutex_);
  return names_.contains(key_of(name));
}

Result<std::shared_ptr<void>> MemoryFileSystem::lock(const path& name) {
  const std::scoped_lock guard(mutex_);
  std::weak_ptr<void>& held = locks_[key_of(name)];
  if (!held.expired()) {
    return fail(ErrorCode::kConflict, "the lock " + key_of(name) + " is held by another process");
  }
  auto handle = std::make_shared<int>(0);
  held = handle;
  return handle;
}

void MemoryFileSystem::apply(Names& names, const Change& change) {
  if (!change.gone.empty()) {
    names.erase(change.gone);
  }
  // A directory takes what is inside along: its own entries do not change.
  if (!change.gone.empty() && !change.path.empty() && change.inode == nullptr) {
    Names moved;
    for (const auto& [key, inode] : names) {
      if (inside(key, change.gone)) {
        moved[change.path + key.substr(change.gone.size())] = inode;
      }
    }
    std::erase_if(names, [&](const auto& entry) { return inside(entry.first, change.gone); });
    names.merge(moved);
  }
  if (!change.path.empty()) {
    names[change.path] = change.inode;
  }
}

void MemoryFileSystem::change(Change change) {
  apply(names_, change);
  pending_.push_back(std::move(change));
}

std::shared_ptr<MemoryFileSystem::Inode> MemoryFileSystem::find(const std::string& key) const {
  const auto at = names_.find(key);
  return at == names_.end() ? nullptr : at->second;
}

bool MemoryFileSystem::parent_exists(const std::string& key) const {
  const auto at = names_.find(parent_of(key));
  return at != names_.end() && at->second == nullptr;
}

std::shared_ptr<MemoryFileSystem::Inode> MemoryFileSystem::new_file(const std::string& key) {
  if (names_.contains(key) || !parent_exists(key)) {
    return nullptr;
  }
  auto inode = std::make_shared<Inode>();
  change({.gone = {}, .path = key, .inode = inode});
  return inode;
}

}  // namespace layer::engine::storage
