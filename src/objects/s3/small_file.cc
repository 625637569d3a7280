#include "objects/s3/small_file.h"

#include <fcntl.h>

#include "objects/descriptor.h"

namespace layer::objects::s3 {
namespace {

Result<std::string> read_now(const std::string& path, std::size_t bytes_max) {
  LAYER_ASSIGN(const Descriptor file, open_file(path, O_RDONLY));
  LAYER_ASSIGN(std::string text, read_some(file, 0, bytes_max + 1, path));
  if (text.size() > bytes_max) {
    return fail(ErrorCode::kIo, path + " is too large to be what it should be");
  }
  return text;
}

}  // namespace

async::Task<Result<std::string>> read_small_file(async::CpuPool& pool, std::string path,
                                                 std::size_t bytes_max) {
  auto text = co_await pool.run([&] { return read_now(path, bytes_max); });
  if (!text) {
    co_return std::unexpected(std::move(text).error());
  }
  co_return std::move(*text);
}

}  // namespace layer::objects::s3
