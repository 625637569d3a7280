#include "queue/sqlite/database.h"

#include <sqlite3.h>

#include <fmt/format.h>

namespace layer::queue {
namespace {

std::unexpected<Error> damaged(const std::string& path, std::string_view what) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("the queue database {} is damaged ({}): put back a copy, or move it and "
                          "the files beside it ({}-wal, {}-shm) away and start again; the jobs in "
                          "it are lost then, nothing else is",
                          path, what, path, path));
}

std::unexpected<Error> failure(int code, sqlite3* handle, const std::string& path) {
  const std::string_view what = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(path, what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorCode::kUnavailable,
                  fmt::format("another process keeps the queue database {} locked", path));
    default:
      return fail(ErrorCode::kIo, fmt::format("queue database {}: {}", path, what));
  }
}

int bind(sqlite3_stmt* statement, int at, const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, at, *number);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, at, *real);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    // A null pointer would bind NULL.
    const char* data = text->empty() ? "" : text->data();
    return sqlite3_bind_text64(statement, at, data, text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, at);
}

}  // namespace

Rows::~Rows() {
  if (statement_ != nullptr) {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
}

Result<bool> Rows::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return failure(code, sqlite3_db_handle(statement_), path_);
}

std::string_view Rows::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string_view()
                          : std::string_view(reinterpret_cast<const char*>(bytes),
                                             static_cast<std::size_t>(size));
}

std::int64_t Rows::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Rows::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

bool Rows::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path,
                                                 int busy_for_ms) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path.string()));
  if (code != SQLITE_OK) {
    return failure(code, handle, database->path_);
  }
  sqlite3_busy_timeout(handle, busy_for_ms);
  LAYER_TRY(
      database->script("PRAGMA journal_mode=WAL;"
                       "PRAGMA synchronous=FULL;"
                       "PRAGMA foreign_keys=ON;"));
  LAYER_TRY(database->check());
  return database;
}

Result<void> Database::check() {
  LAYER_ASSIGN(auto rows, query("PRAGMA quick_check(1)"));
  LAYER_ASSIGN(const bool found, rows.next());
  if (!found || rows.text(0) != "ok") {
    return damaged(path_, found ? rows.text(0) : "no answer to its check");
  }
  return {};
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) {
    sqlite3_finalize(statement);
  }
  sqlite3_close(handle_);
}

Result<Rows> Database::query(std::string_view sql, std::initializer_list<SqlValue> values) {
  sqlite3_stmt*& statement = statements_[std::string(sql)];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
      return failure(code, handle_, path_);
    }
  }
  Rows rows(statement, path_);
  int at = 0;
  for (const SqlValue& value : values) {
    if (const int code = bind(statement, ++at, value); code != SQLITE_OK) {
      return failure(code, handle_, path_);
    }
  }
  return rows;
}

Result<std::int64_t> Database::run(std::string_view sql, std::initializer_list<SqlValue> values) {
  LAYER_ASSIGN(auto rows, query(sql, values));
  LAYER_TRY(rows.next());
  return sqlite3_changes64(handle_);
}

Result<void> Database::script(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return failure(code, handle_, path_);
  }
  return {};
}

}  // namespace layer::queue
