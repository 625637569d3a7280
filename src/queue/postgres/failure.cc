#include "queue/postgres/failure.h"

#include <string>

#include <fmt/format.h>

namespace layer::queue::postgres {
namespace {

// libpq's messages are paragraphs; the first line says what happened.
std::string first_line(const char* message) {
  const std::string_view text = message == nullptr ? "" : message;
  return std::string(text.substr(0, text.find('\n')));
}

std::string_view state_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? std::string_view() : state;
}

ErrorCode code_of(std::string_view state) {
  if (state == "XX001" || state == "XX002") {
    return ErrorCode::kCorrupt;  // data_corrupted, index_corrupted
  }
  if (state.starts_with("58")) {
    return ErrorCode::kIo;  // of the server's operating system
  }
  if (state.starts_with("22")) {
    return ErrorCode::kInvalidArgument;  // a text the database cannot hold
  }
  return ErrorCode::kUnavailable;
}

}  // namespace

Error failure_of(const PGresult* result) {
  const std::string_view state = state_of(result);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* message = primary != nullptr ? primary : PQresultErrorMessage(result);
  return {.code = code_of(state),
          .message = state.empty()
                         ? fmt::format("the queue database: {}", first_line(message))
                         : fmt::format("the queue database: {} ({})", first_line(message), state)};
}

Error failure_of(const PGconn* connection, std::string_view what) {
  return {.code = ErrorCode::kUnavailable,
          .message = fmt::format("{}: {}", what, first_line(PQerrorMessage(connection)))};
}

bool ends_connection(std::string_view state) {
  return state.empty() || state.starts_with("08") || state.starts_with("57P") ||
         state == "25006" ||  // read only: a standby, after the primary moved
         state == "25P03" ||  // idle in a transaction for too long
         state == "26000" ||  // no such prepared statement: something between us and the server
         state == "0A000";    // the tables changed under a prepared statement
}

}  // namespace layer::queue::postgres
