// Records of files: a directory's text files, or the lines of one file. Thread safety: free
// functions; block on a disk.
#pragma once

#include <cstddef>
#include <string>

#include "sources/records.h"

namespace layer::sources {

inline constexpr std::size_t kFileBytesMax = std::size_t{32} << 20U;
inline constexpr std::size_t kLineBytesMax = std::size_t{32} << 20U;

// {path (from the directory, with '/'), name, text, bytes} of each regular file of UTF-8 below
// `directory`, by path; hidden files and folders are left out, symbolic links not followed.
// Errors: kInvalidArgument, no such directory.
Result<void> read_directory(const std::string& directory, const Sink& sink);

// A record a line; empty lines are left out. "-": standard input. Errors: kInvalidArgument, no such
// file.
Result<void> read_json_lines(const std::string& path, const Sink& sink);

}  // namespace layer::sources
