// A disk cache in a folder of its own, under a clock of the test, that can be closed, left and
// opened again. Thread safety: one test.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/cpu_pool.h"
#include "async/loops.h"
#include "async/run.h"
#include "cache/rocksdb/rocksdb_store.h"
#include "core/random.h"

namespace layer::cache {

class DiskWorld {
 public:
  explicit DiskWorld(std::size_t hot_bytes_max = 1 << 20, rocksdb::Env* env = nullptr)
      : root(make_root()),
        options{.disk = {.directory = root / "cache", .bytes_max = kDiskBytesMin, .env = env},
                .hot_bytes_max = hot_bytes_max} {
    open();
  }
  ~DiskWorld() {
    store.reset();
    std::filesystem::remove_all(root);
  }
  DiskWorld(const DiskWorld&) = delete;
  DiskWorld& operator=(const DiskWorld&) = delete;

  void open() { store = std::move(RocksDbStore::open(options, pool, clock, log).value()); }
  // As a drain does.
  void close() {
    store->close().value();
    store.reset();
  }
  // As a crash does.
  void leave() { store.reset(); }

  std::filesystem::path log_file() const { return root / "log"; }
  std::string logged() {
    log.flush();
    std::ifstream file(log_file());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static Bytes bytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }
  static Put body(std::string key, std::string text) {
    Put put{.key = std::move(key)};
    put.bins[static_cast<std::size_t>(Bin::kBody)] = bytes(std::move(text));
    return put;
  }
  template <class Make>
  auto run(Make make) {
    return async::run_blocking(loops.at(0), make);
  }
  // Again where a busy machine keeps RocksDB from catching up.
  PutOutcome put(Put one, std::string set = "s") {
    for (;;) {
      const std::uint64_t stalls = store->stats().stalls;
      const PutOutcome outcome = run([&] { return store->put(set, {one}); }).value().at(0);
      if (store->stats().stalls == stalls) {
        return outcome;
      }
    }
  }
  std::optional<Record> get(std::string key, BinSet bins = BinSet::all(), std::string set = "s") {
    return run([&] { return store->get(set, {key}, bins); }).value().at(0);
  }
  std::string text(std::string key) {
    const auto record = get(std::move(key));
    return record ? *record->bins[static_cast<std::size_t>(Bin::kBody)] : "(absent)";
  }
  std::uint64_t count(std::string set = "s") {
    return run([&] { return store->count(set); }).value();
  }
  std::uint64_t losses(std::string set = "s") {
    return run([&] { return store->losses(set); }).value();
  }

  static std::filesystem::path make_root() {
    auto made = std::filesystem::temp_directory_path() / ("layer-cache-" + core::random_uuid());
    std::filesystem::create_directories(made);
    return made;
  }

  std::filesystem::path root;
  RocksDbOptions options;
  async::Loops loops{1};
  async::CpuPool pool{{.name = "cache", .threads = 2}};
  core::ManualClock clock;
  core::Logger log{{.file = log_file().string()}};
  std::unique_ptr<RocksDbStore> store;
};

}  // namespace layer::cache
