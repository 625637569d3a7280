#include "engine/storage/fault_file_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace layer::engine::storage {
namespace {

using std::filesystem::path;

constexpr std::array<std::string_view, kFileOperationCount> kNames{
    "create", "open",   "map",  "read", "rename",    "link", "truncate", "remove",
    "remove", "create", "sync", "list", "append to", "sync", "close",
};
static_assert(static_cast<std::size_t>(FileOperation::kClose) + 1 == kFileOperationCount);

std::unexpected<Error> struck(const Fault& fault, FileOperation operation, const path& file) {
  return fail(ErrorCode::kIo,
              fmt::format("cannot {} {}: {}", kNames[static_cast<std::size_t>(operation)],
                          file.string(), fault.reason));
}

}  // namespace

bool changes_disk(FileOperation operation) {
  switch (operation) {
    case FileOperation::kMap:
    case FileOperation::kRead:
    case FileOperation::kList:
    case FileOperation::kClose:
      return false;
    default:
      return true;
  }
}

class FaultFileSystem::File final : public WritableFile {
 public:
  File(FaultFileSystem& owner, std::unique_ptr<WritableFile> inner, path name)
      : owner_(owner), inner_(std::move(inner)), name_(std::move(name)) {}

  Result<void> append(std::span<const std::byte> bytes) override {
    LAYER_TRY(usable());
    if (const auto fault = owner_.strike(FileOperation::kAppend, name_)) {
      LAYER_TRY(inner_->append(bytes.first(std::min(fault->torn_bytes, bytes.size()))));
      return poison(struck(*fault, FileOperation::kAppend, name_));
    }
    return inner_->append(bytes);
  }

  Result<void> sync() override {
    LAYER_TRY(usable());
    if (const auto fault = owner_.strike(FileOperation::kSync, name_)) {
      return poison(struck(*fault, FileOperation::kSync, name_));
    }
    return inner_->sync();
  }

  Result<void> close() override {
    LAYER_TRY(owner_.pass(FileOperation::kClose, name_));
    return inner_->close();
  }

  std::uint64_t size() const override { return inner_->size(); }

 private:
  Result<void> usable() const {
    if (failed_) {
      return std::unexpected(*failed_);
    }
    return {};
  }
  Result<void> poison(std::unexpected<Error> error) {
    failed_ = error.error();
    return error;
  }

  FaultFileSystem& owner_;
  std::unique_ptr<WritableFile> inner_;
  path name_;
  std::optional<Error> failed_;
};

void FaultFileSystem::inject(Fault fault) {
  const std::scoped_lock lock(mutex_);
  armed_.push_back({.fault = std::move(fault)});
}

void FaultFileSystem::clear() {
  const std::scoped_lock lock(mutex_);
  armed_.clear();
}

std::uint64_t FaultFileSystem::count(FileOperation operation) const {
  const std::scoped_lock lock(mutex_);
  return counts_[static_cast<std::size_t>(operation)];
}

std::uint64_t FaultFileSystem::changes() const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kFileOperationCount; ++i) {
    total += changes_disk(static_cast<FileOperation>(i)) ? counts_[i] : 0;
  }
  return total;
}

std::uint64_t FaultFileSystem::failures() const {
  const std::scoped_lock lock(mutex_);
  return failures_;
}

std::optional<Fault> FaultFileSystem::strike(FileOperation operation, const path& file) {
  const std::scoped_lock lock(mutex_);
  ++counts_[static_cast<std::size_t>(operation)];
  std::optional<Fault> found;
  for (Armed& armed : armed_) {
    const Fault& fault = armed.fault;
    const bool kind = fault.operation ? *fault.operation == operation : changes_disk(operation);
    if (!kind || file.string().find(fault.path_contains) == std::string::npos) {
      continue;
    }
    ++armed.seen;
    if (!found && (armed.seen == fault.nth || (fault.lasting && armed.seen > fault.nth))) {
      found = fault;
      if (armed.seen > fault.nth) {
        found->torn_bytes = 0;  // a disk that is gone takes nothing more
      }
    }
  }
  failures_ += found ? 1 : 0;
  return found;
}

Result<void> FaultFileSystem::pass(FileOperation operation, const path& file) {
  if (const auto fault = strike(operation, file)) {
    return struck(*fault, operation, file);
  }
  return {};
}

Result<std::unique_ptr<WritableFile>> FaultFileSystem::create(const path& file) {
  LAYER_TRY(pass(FileOperation::kCreate, file));
  LAYER_ASSIGN(auto inner, inner_.create(file));
  return std::make_unique<File>(*this, std::move(inner), file);
}

Result<std::unique_ptr<WritableFile>> FaultFileSystem::append_to(const path& file) {
  LAYER_TRY(pass(FileOperation::kAppendTo, file));
  LAYER_ASSIGN(auto inner, inner_.append_to(file));
  return std::make_unique<File>(*this, std::move(inner), file);
}

Result<std::shared_ptr<const Blob>> FaultFileSystem::map(const path& file) {
  LAYER_TRY(pass(FileOperation::kMap, file));
  return inner_.map(file);
}

Result<std::vector<std::byte>> FaultFileSystem::read(const path& file) {
  LAYER_TRY(pass(FileOperation::kRead, file));
  return inner_.read(file);
}

Result<void> FaultFileSystem::rename(const path& from, const path& to) {
  LAYER_TRY(pass(FileOperation::kRename, to));
  return inner_.rename(from, to);
}

Result<void> FaultFileSystem::link(const path& from, const path& to) {
  LAYER_TRY(pass(FileOperation::kLink, to));
  return inner_.link(from, to);
}

Result<void> FaultFileSystem::truncate(const path& file, std::uint64_t size) {
  LAYER_TRY(pass(FileOperation::kTruncate, file));
  return inner_.truncate(file, size);
}

Result<void> FaultFileSystem::remove(const path& file) {
  LAYER_TRY(pass(FileOperation::kRemove, file));
  return inner_.remove(file);
}

Result<void> FaultFileSystem::remove_all(const path& folder) {
  LAYER_TRY(pass(FileOperation::kRemoveAll, folder));
  return inner_.remove_all(folder);
}

Result<void> FaultFileSystem::create_directories(const path& folder) {
  LAYER_TRY(pass(FileOperation::kCreateDirectories, folder));
  return inner_.create_directories(folder);
}

Result<void> FaultFileSystem::sync_directory(const path& folder) {
  LAYER_TRY(pass(FileOperation::kSyncDirectory, folder));
  return inner_.sync_directory(folder);
}

Result<std::vector<std::string>> FaultFileSystem::list(const path& folder) {
  LAYER_TRY(pass(FileOperation::kList, folder));
  return inner_.list(folder);
}

bool FaultFileSystem::exists(const path& file) {
  return inner_.exists(file);
}

Result<std::shared_ptr<void>> FaultFileSystem::lock(const path& file) {
  return inner_.lock(file);
}

}  // namespace layer::engine::storage
