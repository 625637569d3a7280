// What goes into a statement of PostgreSQL and what comes out. Thread safety: plain values; one
// thread at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

namespace layer::queue::postgres {

// A parameter. Texts must be UTF-8 without the character 0; bytes() takes anything.
class Value {
 public:
  Value(std::nullptr_t) : null_(true) {}
  Value(std::string text) : text_(std::move(text)) {}
  Value(std::string_view text) : text_(text) {}
  Value(const char* text) : text_(text) {}
  Value(double number);
  template <std::integral Integer>
  Value(Integer number) : text_(std::to_string(number)) {}

  static Value bytes(std::string bytes);
  // text[]
  static Value array(std::span<const std::string> texts);
  // bigint[], or any array of integers they fit
  static Value array(std::span<const std::int64_t> numbers);

  // As libpq takes it.
  const char* data() const { return null_ ? nullptr : text_.c_str(); }
  int size() const { return static_cast<int>(text_.size()); }
  int format() const { return binary_ ? 1 : 0; }

 private:
  std::string text_;
  bool null_ = false;
  bool binary_ = false;
};

struct Statement {
  // Of a statement that is prepared: outlives the connection, as texts of the program do.
  std::string_view sql;
  std::vector<Value> values{};
  // Off for what is said once: the definition of a table.
  bool prepare = true;
};

// What one statement answered.
class Answer {
 public:
  Answer() = default;  // no rows
  explicit Answer(PGresult* result) : result_(result) {}

  class Row {
   public:
    Row(const PGresult* result, int row) : result_(result), row_(row) {}
    // Columns count from 0. Bytes come as they were given.
    std::string text(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    bool is_null(int column) const { return PQgetisnull(result_, row_, column) != 0; }

   private:
    std::string_view raw(int column) const;
    const PGresult* result_;
    int row_;
  };

  int rows() const { return PQntuples(result_.get()); }
  Row row(int row) const { return Row(result_.get(), row); }
  // By an INSERT, UPDATE or DELETE.
  std::int64_t changed() const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace layer::queue::postgres
