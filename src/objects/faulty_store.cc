#include "objects/faulty_store.h"

#include "async/deadline.h"

namespace layer::objects {

template <class T>
async::Task<Result<T>> FaultyStore::suffer(Fault fault, async::Task<Result<T>> work) {
  if (fault.delay > async::Duration::zero() && !co_await async::sleep_for(fault.delay)) {
    co_return fail(ErrorCode::kCancelled, "cancelled while the object store was late");
  }
  if (fault.kind == Fault::Kind::kBefore) {
    co_return fail(fault.code, "a planned fault, before the operation");
  }
  auto result = co_await std::move(work);
  if (fault.kind == Fault::Kind::kAfter) {
    co_return fail(fault.code, "a planned fault, after the operation");
  }
  co_return result;
}

async::Task<Result<std::string>> FaultyStore::put(std::string key, std::string bytes,
                                                  Condition condition) {
  const Fault fault = plan_(Operation::kPut, key);
  co_return co_await suffer(fault,
                            inner_.put(std::move(key), std::move(bytes), std::move(condition)));
}

async::Task<Result<Object>> FaultyStore::get(std::string key) {
  const Fault fault = plan_(Operation::kGet, key);
  co_return co_await suffer(fault, inner_.get(std::move(key)));
}

async::Task<Result<std::optional<Object>>> FaultyStore::get_if_changed(std::string key,
                                                                       std::string etag) {
  const Fault fault = plan_(Operation::kGet, key);
  co_return co_await suffer(fault, inner_.get_if_changed(std::move(key), std::move(etag)));
}

async::Task<Result<std::string>> FaultyStore::get_range(std::string key, std::uint64_t offset,
                                                        std::uint64_t length) {
  const Fault fault = plan_(Operation::kGetRange, key);
  co_return co_await suffer(fault, inner_.get_range(std::move(key), offset, length));
}

async::Task<Result<ObjectHead>> FaultyStore::head(std::string key) {
  const Fault fault = plan_(Operation::kHead, key);
  co_return co_await suffer(fault, inner_.head(std::move(key)));
}

async::Task<Result<void>> FaultyStore::remove(std::string key) {
  const Fault fault = plan_(Operation::kRemove, key);
  co_return co_await suffer(fault, inner_.remove(std::move(key)));
}

async::Task<Result<Listing>> FaultyStore::list(std::string prefix, std::string after,
                                               std::size_t limit) {
  const Fault fault = plan_(Operation::kList, prefix);
  co_return co_await suffer(fault, inner_.list(std::move(prefix), std::move(after), limit));
}

}  // namespace layer::objects
