#include "engine/storage/file_system.h"

#include <utility>

namespace layer::engine::storage {
namespace {

class MemoryBlob final : public Blob {
 public:
  MemoryBlob(std::vector<std::byte> bytes, std::string name)
      : bytes_(std::move(bytes)), name_(std::move(name)) {}
  std::span<const std::byte> bytes() const override { return bytes_; }
  const std::string& name() const override { return name_; }

 private:
  std::vector<std::byte> bytes_;
  std::string name_;
};

Result<void> write_durably(FileSystem& files, const std::filesystem::path& path,
                           std::span<const std::byte> bytes) {
  LAYER_ASSIGN(auto file, files.create(path));
  LAYER_TRY(file->append(bytes));
  LAYER_TRY(file->sync());
  return file->close();
}

}  // namespace

std::shared_ptr<const Blob> memory_blob(std::vector<std::byte> bytes, std::string name) {
  return std::make_shared<MemoryBlob>(std::move(bytes), std::move(name));
}

Result<void> replace_file(FileSystem& files, const std::filesystem::path& path,
                          std::span<const std::byte> bytes) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  if (auto written = write_durably(files, temporary, bytes); !written) {
    // The first error is the one to report; a left-over temporary file is overwritten next time.
    static_cast<void>(files.remove(temporary));
    return written;
  }
  LAYER_TRY(files.rename(temporary, path));
  return files.sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace layer::engine::storage
