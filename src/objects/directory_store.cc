#include "objects/directory_store.h"

#include "objects/failures.h"

namespace layer::objects {

Result<std::unique_ptr<DirectoryStore>> DirectoryStore::open(const std::filesystem::path& root,
                                                             async::CpuPool& pool) {
  ObjectFiles files(root);
  LAYER_TRY(files.prepare());
  return std::unique_ptr<DirectoryStore>(new DirectoryStore(std::move(files), pool));
}

Error DirectoryStore::not_run(Error error) {
  if (error.code == ErrorCode::kTooManyRequests) {
    error.code = ErrorCode::kUnavailable;
  }
  return error;
}

async::Task<Result<std::string>> DirectoryStore::put(std::string key, std::string bytes,
                                                     Condition condition) {
  LAYER_CO_TRY(check_put(key, bytes.size()));
  co_return co_await on_pool([&] { return files_.put(key, bytes, condition); });
}

async::Task<Result<Object>> DirectoryStore::get(std::string key) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await on_pool([&] { return files_.get(key); });
}

async::Task<Result<std::optional<Object>>> DirectoryStore::get_if_changed(std::string key,
                                                                          std::string etag) {
  LAYER_CO_TRY(check_key(key));
  LAYER_CO_ASSIGN(Object object, co_await on_pool([&] { return files_.get(key); }));
  if (object.etag == etag) {
    co_return std::nullopt;
  }
  co_return std::move(object);
}

async::Task<Result<std::string>> DirectoryStore::get_range(std::string key, std::uint64_t offset,
                                                           std::uint64_t length) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await on_pool([&] { return files_.get_range(key, offset, length); });
}

async::Task<Result<ObjectHead>> DirectoryStore::head(std::string key) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await on_pool([&] { return files_.head(key); });
}

async::Task<Result<void>> DirectoryStore::remove(std::string key) {
  LAYER_CO_TRY(check_key(key));
  co_return co_await on_pool([&] { return files_.remove(key); });
}

async::Task<Result<Listing>> DirectoryStore::list(std::string prefix, std::string after,
                                                  std::size_t limit) {
  LAYER_CO_TRY(check_list(prefix, limit));
  co_return co_await on_pool([&] { return files_.list(prefix, after, limit); });
}

}  // namespace layer::objects
