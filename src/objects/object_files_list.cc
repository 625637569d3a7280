// The listing half of object_files.h: a walk of the tree in the order of the keys.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "objects/file_name.h"
#include "objects/object_files.h"

namespace layer::objects {
namespace {

using std::filesystem::path;

// A file is called as its segment, a folder as its segment and '/': so the keys below a folder sort
// where the folder does.
struct Item {
  std::string name;
  path at;
  bool folder = false;
};

class Walk {
 public:
  Walk(std::string_view prefix, std::string_view after, std::size_t limit)
      : prefix_(prefix), after_(after), limit_(limit) {}

  Result<void> folder(const path& at, const std::string& key) {
    LAYER_ASSIGN(const std::vector<Item> items, read(at));
    for (const Item& item : items) {
      if (listing_.more) {
        break;
      }
      const std::string full = key + item.name;
      if (!item.folder) {
        file(item.at, full);
      } else if (can_hold(full)) {
        LAYER_TRY(folder(item.at, full));
      }
    }
    return {};
  }

  Listing take() { return std::move(listing_); }

 private:
  // Whether a key that begins with `start` can be listed.
  bool can_hold(std::string_view start) const {
    const bool has_prefix = start.starts_with(prefix_) || prefix_.starts_with(start);
    return has_prefix && (after_ < start || after_.starts_with(start));
  }

  void file(const path& at, const std::string& key) {
    if (key <= after_ || !key.starts_with(prefix_)) {
      return;
    }
    std::error_code gone;
    const std::uint64_t size = std::filesystem::file_size(at, gone);
    const auto modified = std::filesystem::last_write_time(at, gone);
    if (gone) {
      return;  // removed meanwhile
    }
    if (listing_.objects.size() == limit_) {
      listing_.more = true;
      return;
    }
    const auto since_epoch = std::chrono::file_clock::to_sys(modified).time_since_epoch();
    listing_.objects.push_back(
        {.key = key,
         .size = size,
         .modified_ms =
             std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()});
  }

  static Result<std::vector<Item>> read(const path& folder) {
    std::vector<Item> items;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
      std::string name = at->path().filename().string();
      const bool is_folder = name.ends_with('~');
      if (is_folder) {
        name.pop_back();
      }
      // What does not decode is not an object: .tmp, .lock, somebody's own file.
      if (auto segment = decode_file_name(name)) {
        items.push_back({.name = std::move(*segment) + (is_folder ? "/" : ""),
                         .at = at->path(),
                         .folder = is_folder});
      }
    }
    if (failed && failed.value() != ENOENT) {
      return fail(ErrorCode::kIo,
                  fmt::format("cannot list {}: {}", folder.string(), failed.message()));
    }
    std::ranges::sort(items, {}, &Item::name);
    return items;
  }

  std::string_view prefix_;
  std::string_view after_;
  std::size_t limit_;
  Listing listing_;
};

}  // namespace

Result<Listing> ObjectFiles::list(std::string_view prefix, std::string_view after,
                                  std::size_t limit) {
  Walk walk(prefix, after, limit);
  LAYER_TRY(walk.folder(root_, ""));
  return walk.take();
}

}  // namespace layer::objects
