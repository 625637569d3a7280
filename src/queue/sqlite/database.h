// One SQLite connection, its statements prepared once. Thread safety: one thread at a time.
// Errors of all calls: kCorrupt (the file is damaged or no database; the message says what to do),
// kUnavailable (another process keeps it locked), kIo (everything else the disk does).
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "core/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace layer::queue {

// What a parameter of a statement holds; texts are copied.
using SqlValue = std::variant<std::nullptr_t, std::int64_t, double, std::string_view>;

// The rows of one statement. It returns the statement to its connection when it goes.
class Rows {
 public:
  Rows(sqlite3_stmt* statement, const std::string& path) : statement_(statement), path_(path) {}
  ~Rows();
  Rows(Rows&& other) noexcept : statement_(other.statement_), path_(other.path_) {
    other.statement_ = nullptr;
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  // False: there are no more.
  Result<bool> next();
  // Of the current row; columns count from 0. Texts are valid until next().
  std::string_view text(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  sqlite3_stmt* statement_;
  const std::string& path_;
};

class Database {
 public:
  // Opens or creates the file in write-ahead mode, every commit on disk before it answers, and
  // checks that it is sound. Waits `busy_for` for other processes.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, int busy_for_ms);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One statement with parameters ?1, ?2, ... in order.
  Result<Rows> query(std::string_view sql, std::initializer_list<SqlValue> values = {});
  // The same without rows: how many rows it changed.
  Result<std::int64_t> run(std::string_view sql, std::initializer_list<SqlValue> values = {});
  // Several statements without parameters.
  Result<void> script(const char* sql);

 private:
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  Result<void> check();

  sqlite3* handle_;
  std::string path_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace layer::queue
