// What a source staged before, by document, in a file of JSON lines that only grows while a run
// lasts: a run that is killed loses nothing that was staged. Thread safety: one thread, and one
// process a file.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/error.h"

namespace layer::sources {

class Position {
 public:
  // Remembers nothing.
  Position() = default;
  // Reads the file, or begins one with its folders; a torn last line is dropped. Errors: kIo.
  static Result<Position> open(const std::filesystem::path& path);

  bool knows(const std::string& document, std::string_view hash) const;
  // Errors: kIo.
  Result<void> note(const std::string& document, const std::string& hash);
  std::size_t documents() const { return hashes_.size(); }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Result<void> rewrite(const std::filesystem::path& path);
  Result<void> append(const std::string& document, const std::string& hash);

  std::unordered_map<std::string, std::string> hashes_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace layer::sources
