// A folder of its own for each test, gone afterwards. Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace layer::resources::testing {

class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "resources-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Replaces the file by a rename, as careful editors do; whatever the umask, its mode is `mode`.
  void write(const std::string& name, std::string_view text, mode_t mode = 0644) const {
    const auto target = path_ / name;
    make_directory(target.parent_path());
    const auto next = target.parent_path() / ".next";
    std::ofstream(next, std::ios::binary) << text;
    ::chmod(next.c_str(), mode);
    std::filesystem::rename(next, target);
  }
  void make_directory(const std::filesystem::path& folder) const {
    if (!std::filesystem::exists(folder)) {
      make_directory(folder.parent_path());
      std::filesystem::create_directory(folder);
      ::chmod(folder.c_str(), 0755);
    }
  }

 private:
  std::filesystem::path path_;
};

}  // namespace layer::resources::testing
