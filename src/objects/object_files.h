// Objects as files, with blocking calls: what DirectoryStore runs on its pool. A key's last segment
// is the file, those before it are folders whose names end with '~', so "a" and "a/b" live side by
// side; names as in file_name.h.
//
//   <root>/namespaces~/docs~/layout.json      the object namespaces/docs/layout.json
//   <root>/.tmp/<uuid>                        being written; renamed over the object when synced
//   <root>/.lock/<00..3f>                     held (flock) while an object is changed
//
// A change holds the lock of its key from the look at the condition to the rename, so conditions
// hold between threads and between processes of one machine. Readers take no lock: they open one
// version and read it to its end. Not for file systems without flock between machines.
// Thread safety: all calls from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "objects/descriptor.h"
#include "objects/object_store.h"

namespace layer::objects {

class ObjectFiles {
 public:
  explicit ObjectFiles(std::filesystem::path root) : root_(std::move(root)) {}

  // Makes the folders and removes what a process that died left half written an hour ago or longer.
  Result<void> prepare();

  // Preconditions of all: the key has passed check_key. Errors: as ObjectStore's.
  Result<std::string> put(std::string_view key, std::string_view bytes, const Condition& condition);
  Result<Object> get(std::string_view key);
  Result<std::string> get_range(std::string_view key, std::uint64_t offset, std::uint64_t length);
  // Reads the whole object: its etag is a hash of the bytes.
  Result<ObjectHead> head(std::string_view key);
  Result<void> remove(std::string_view key);
  // Cost: reads every folder that can hold a listed key, whole.
  Result<Listing> list(std::string_view prefix, std::string_view after, std::size_t limit);

 private:
  std::filesystem::path path_of(std::string_view key) const;
  Result<std::filesystem::path> write_temporary(std::string_view bytes);
  Result<Descriptor> lock(std::string_view key);
  Result<void> check(std::string_view key, const Condition& condition);
  Result<void> move_into_place(const std::filesystem::path& from, const std::filesystem::path& to);
  Result<void> sync_up(std::filesystem::path folder);

  std::filesystem::path root_;
};

}  // namespace layer::objects
