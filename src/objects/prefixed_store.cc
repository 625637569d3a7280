#include "objects/prefixed_store.h"

#include "objects/failures.h"

namespace layer::objects {

Result<std::string> folder_prefix(std::string_view text) {
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  if (text.empty()) {
    return std::string();
  }
  LAYER_TRY(check_key(text));
  return std::string(text) + '/';
}

Result<std::string> PrefixedStore::inside(const std::string& key) const {
  LAYER_TRY(check_key(key));
  return prefix_ + key;
}

async::Task<Result<std::string>> PrefixedStore::put(std::string key, std::string bytes,
                                                    Condition condition) {
  LAYER_CO_ASSIGN(std::string inner_key, inside(key));
  co_return co_await inner_.put(std::move(inner_key), std::move(bytes), std::move(condition));
}

async::Task<Result<Object>> PrefixedStore::get(std::string key) {
  LAYER_CO_ASSIGN(std::string inner_key, inside(key));
  co_return co_await inner_.get(std::move(inner_key));
}

async::Task<Result<std::optional<Object>>> PrefixedStore::get_if_changed(std::string key,
                                                                         std::string etag) {
  LAYER_CO_ASSIGN(std::string inner_key, inside(key));
  co_return co_await inner_.get_if_changed(std::move(inner_key), std::move(etag));
}

async::Task<Result<std::string>> PrefixedStore::get_range(std::string key, std::uint64_t offset,
                                                          std::uint64_t length) {
  LAYER_CO_ASSIGN(std::string inner_key, inside(key));
  co_return co_await inner_.get_range(std::move(inner_key), offset, length);
}

async::Task<Result<ObjectHead>> PrefixedStore::head(std::string key) {
  LAYER_CO_ASSIGN(std::string inner_key, inside(key));
  co_return co_await inner_.head(std::move(inner_key));
}

async::Task<Result<void>> PrefixedStore::remove(std::string key) {
  LAYER_CO_ASSIGN(std::string inner_key, inside(key));
  co_return co_await inner_.remove(std::move(inner_key));
}

async::Task<Result<Listing>> PrefixedStore::list(std::string prefix, std::string after,
                                                 std::size_t limit) {
  LAYER_CO_TRY(check_list(prefix, limit));
  LAYER_CO_ASSIGN(Listing listing,
                  co_await inner_.list(prefix_ + prefix,
                                       after.empty() ? std::string() : prefix_ + after, limit));
  for (ListedObject& object : listing.objects) {
    object.key.erase(0, prefix_.size());
  }
  co_return listing;
}

}  // namespace layer::objects
