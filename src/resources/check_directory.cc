#include "resources/check_directory.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "resources/catalog_builder.h"
#include "resources/directory_files.h"
#include "resources/limits.h"

namespace layer::resources {
namespace {

CheckedFiles judge(std::span<const FileObjects> files, Mistakes insecure) {
  CheckedFiles checked{.files = files.size(), .insecure = std::move(insecure)};
  for (const FileObjects& file : files) {
    checked.objects += file.objects.size();
  }
  checked.mistakes = CatalogBuilder().build(files)->mistakes();
  return checked;
}

}  // namespace

Result<CheckedFiles> check_path(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_regular_file(path, failed)) {
    LAYER_ASSIGN(const std::string text, read_bounded(path, limits::file_bytes_max));
    ParsedText parsed = parse_objects(text, format_of(path.native()), path.string());
    const std::vector<FileObjects> files{{.name = path.string(),
                                          .objects = std::move(parsed.objects),
                                          .mistakes = std::move(parsed.mistakes)}};
    return judge(files, {});
  }
  DirectoryFiles files(path);
  DirectoryFiles::Reading reading = files.read([](const auto&) {});
  if (!reading.fatal.empty()) {
    return fail(ErrorCode::kInvalidArgument, to_string(reading.fatal.front()));
  }
  return judge(files.files(), std::move(reading.insecure));
}

}  // namespace layer::resources
