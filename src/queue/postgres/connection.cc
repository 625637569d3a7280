#include "queue/postgres/connection.h"

#include <unistd.h>

#include <fmt/format.h>

#include "async/deadline.h"
#include "queue/postgres/connect_options.h"
#include "queue/postgres/failure.h"

namespace layer::queue::postgres {
namespace {

using async::kToken;

constexpr int kCheckClientFrom = 140000;  // client_connection_check_interval

}  // namespace

async::Task<Result<std::unique_ptr<Connection>>> Connection::open(async::Loop& loop,
                                                                  ConnectionSettings settings) {
  const auto deadline = async::SteadyClock::now() + settings.connect_max;
  LAYER_CO_ASSIGN(const ConnectOptions options,
                  co_await async::with_deadline(deadline, resolve(loop, settings.url)));
  std::unique_ptr<Connection> made(new Connection(loop, options.start()));
  auto connected = co_await async::with_deadline(deadline, made->connect());
  if (!connected) {
    co_return std::unexpected(unreachable(std::move(connected).error()));
  }
  auto configured = co_await async::with_deadline(deadline, made->configure(std::move(settings)));
  LAYER_CO_TRY(configured);
  co_return made;
}

Connection::~Connection() {
  PQfinish(handle_);
}

Error Connection::lost() const {
  return failure_of(handle_, "the connection to the queue database is lost");
}

async::Task<Result<void>> Connection::wait(Descriptor& socket, Descriptor::wait_type what) {
  const auto [error] = co_await socket.async_wait(what, kToken);
  if (error) {
    co_return fail(ErrorCode::kUnavailable, "the connection to the queue database was given up");
  }
  co_return Result<void>{};
}

// libpq may close its socket and open another with the same number while it tries addresses, so
// each wait is on a duplicate of its own.
async::Task<Result<void>> Connection::connect() {
  auto next = PGRES_POLLING_WRITING;
  if (handle_ == nullptr || PQstatus(handle_) == CONNECTION_BAD) {
    next = PGRES_POLLING_FAILED;
  }
  while (next != PGRES_POLLING_OK) {
    if (next == PGRES_POLLING_FAILED) {
      co_return std::unexpected(failure_of(handle_, "no connection to the queue database"));
    }
    Descriptor socket(loop_, ::dup(PQsocket(handle_)));
    LAYER_CO_TRY(co_await wait(
        socket, next == PGRES_POLLING_READING ? Descriptor::wait_read : Descriptor::wait_write));
    next = PQconnectPoll(handle_);
  }
  socket_.assign(::dup(PQsocket(handle_)));
  PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
  PQsetnonblocking(handle_, 1);
  PQenterPipelineMode(handle_);
  co_return Result<void>{};
}

async::Task<Result<void>> Connection::configure(ConnectionSettings settings) {
  const int version = PQserverVersion(handle_);
  if (version < kServerVersionMin) {
    co_return fail(ErrorCode::kInvalidArgument,
                   fmt::format("the queue database needs PostgreSQL {} or later; this server is {}",
                               kServerVersionMin / 10000, version / 10000));
  }
  std::vector<Statement> all;
  all.push_back({.sql = "SELECT set_config('search_path', $1, false), "
                        "set_config('statement_timeout', $2, false), "
                        "set_config('idle_in_transaction_session_timeout', $3, false), "
                        "set_config('client_encoding', 'UTF8', false), "
                        "set_config('default_transaction_isolation', 'read committed', false)",
                 .values = {settings.schema, settings.statement_max.count(),
                            settings.idle_in_transaction_max.count()},
                 .prepare = false});
  if (version >= kCheckClientFrom) {
    all.push_back({.sql = "SELECT set_config('client_connection_check_interval', '1s', false)",
                   .prepare = false});
  }
  LAYER_CO_TRY(co_await run(std::move(all)));
  co_return Result<void>{};
}

Result<void> Connection::queue(const Statement& statement, std::vector<Sent>& sent) {
  std::vector<const char*> data;
  std::vector<int> sizes;
  std::vector<int> formats;
  for (const Value& value : statement.values) {
    data.push_back(value.data());
    sizes.push_back(value.size());
    formats.push_back(value.format());
  }
  const int count = static_cast<int>(data.size());
  int accepted = 1;
  if (!statement.prepare) {
    accepted = PQsendQueryParams(handle_, std::string(statement.sql).c_str(), count, nullptr,
                                 data.data(), sizes.data(), formats.data(), 0);
  } else {
    auto found = prepared_.find(statement.sql);
    std::string name = found != prepared_.end() ? found->second : std::string();
    if (name.empty()) {
      name = fmt::format("s{}", next_name_++);
      accepted =
          PQsendPrepare(handle_, name.c_str(), std::string(statement.sql).c_str(), count, nullptr);
      sent.push_back({.prepared_as = name, .sql = statement.sql});
    }
    accepted = accepted == 1 ? PQsendQueryPrepared(handle_, name.c_str(), count, data.data(),
                                                   sizes.data(), formats.data(), 0)
                             : 0;
  }
  sent.push_back({});
  if (accepted != 1) {
    return std::unexpected(lost());
  }
  return {};
}

async::Task<Result<void>> Connection::flush() {
  while (true) {
    const int left = PQflush(handle_);
    if (left == 0) {
      co_return Result<void>{};
    }
    if (left < 0) {
      co_return std::unexpected(lost());
    }
    LAYER_CO_TRY(co_await wait(socket_, Descriptor::wait_write));
  }
}

async::Task<Result<void>> Connection::until_ready() {
  while (PQisBusy(handle_) != 0) {
    LAYER_CO_TRY(co_await wait(socket_, Descriptor::wait_read));
    if (PQconsumeInput(handle_) == 0) {
      co_return std::unexpected(lost());
    }
  }
  co_return Result<void>{};
}

async::Task<Result<std::vector<Answer>>> Connection::receive(std::vector<Sent> sent) {
  std::vector<Answer> answers;
  std::optional<Error> failed;
  bool ended = false;
  for (std::size_t at = 0; true;) {
    LAYER_CO_TRY(co_await until_ready());
    PGresult* result = PQgetResult(handle_);
    if (result == nullptr) {  // after each statement once; twice: there is nothing to wait for
      if (ended || PQstatus(handle_) == CONNECTION_BAD) {
        co_return std::unexpected(lost());
      }
      ended = true;
      continue;
    }
    ended = false;
    Answer answer(result);
    const auto status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      break;
    }
    if (status == PGRES_FATAL_ERROR) {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      broken_ = broken_ || ends_connection(state == nullptr ? "" : state);
      failed = failed.value_or(failure_of(result));
    } else if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (at < sent.size() && !sent[at].prepared_as.empty()) {
        prepared_.emplace(sent[at].sql, sent[at].prepared_as);
      } else {
        answers.push_back(std::move(answer));
      }
    }
    ++at;
  }
  busy_ = false;
  if (failed) {
    co_return std::unexpected(std::move(*failed));
  }
  co_return answers;
}

async::Task<Result<std::vector<Answer>>> Connection::run(std::vector<Statement> statements) {
  busy_ = true;  // until the last answer was read
  std::vector<Sent> sent;
  for (const Statement& statement : statements) {
    LAYER_CO_TRY(queue(statement, sent));
  }
  if (PQpipelineSync(handle_) != 1) {
    co_return std::unexpected(lost());
  }
  LAYER_CO_TRY(co_await flush());
  co_return co_await receive(std::move(sent));
}

async::Task<Result<Answer>> Connection::run(Statement statement) {
  std::vector<Statement> one;
  one.push_back(std::move(statement));
  LAYER_CO_ASSIGN(auto answers, co_await run(std::move(one)));
  co_return std::move(answers.at(0));
}

async::Task<Result<std::vector<Notification>>> Connection::notifications() {
  std::vector<Notification> arrived;
  while (true) {
    while (PGnotify* each = PQnotifies(handle_)) {
      arrived.push_back({.channel = each->relname, .payload = each->extra});
      PQfreemem(each);
    }
    if (!arrived.empty()) {
      co_return arrived;
    }
    LAYER_CO_TRY(co_await wait(socket_, Descriptor::wait_read));
    if (PQconsumeInput(handle_) == 0) {
      co_return std::unexpected(lost());
    }
  }
}

bool Connection::reusable() {
  return !busy_ && !broken_ && PQconsumeInput(handle_) == 1 && PQstatus(handle_) == CONNECTION_OK &&
         PQtransactionStatus(handle_) == PQTRANS_IDLE;
}

void Connection::abort() {
  broken_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace layer::queue::postgres
