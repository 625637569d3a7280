// One batch on its way to a worker and back: sent, kept alive, split where the worker refuses it,
// and answered for. Thread safety: one loop.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "features/functions/function_work.h"
#include "features/functions/push_addresses.h"
#include "features/functions/push_messages.h"
#include "http/client.h"
#include "http/message.h"

namespace layer::features::functions {

inline constexpr int kPushReportTriesMax = 3;  // of a result that cannot be written now
inline constexpr std::chrono::seconds kPushReportTimeMax{60};

class PushBatch {
 public:
  // All of it outlives the batch.
  struct Parts {
    std::function<FunctionWork(const std::string& function)> work_for;
    FunctionRegistry& registry;
    const PushAddresses& addresses;
    http::Client& client;
    async::CpuPool& pool;
    core::Metrics& metrics;
    async::Loop& loop;
    std::string worker;  // that has claimed the items
  };
  PushBatch(const Parts& parts, RegisteredFunction function, std::vector<WorkItem> items);

  // Everything; once. Each item is completed or failed, or, where that is not possible any more,
  // released without an attempt.
  async::Task<> run();
  // Beside it: heartbeats at a third of the lease, until run() is over. Where the items are
  // somebody else's, run() ends.
  async::Task<> keep();
  // run() gives up what it waits for and releases what is open.
  void halt();

  const std::string& function() const { return function_.id; }

 private:
  using Items = std::vector<WorkItem>;

  async::Task<> send(const http::BaseUrl& url);
  // nullopt: halted. The status and the body, or why there is none.
  async::Task<std::optional<Result<http::Response>>> post(const http::BaseUrl& url,
                                                          std::string body);
  async::Task<Result<http::Response>> exchange(const http::BaseUrl& url,
                                               const http::ClientRequest& request);
  async::Task<> take(Items items, Result<http::Response> answer);
  async::Task<PushAnswer> read(const Items& items, http::Response answer);
  async::Task<> report(const Items& items, PushAnswer answer);
  async::Task<bool> complete(const std::vector<Completion>& items);
  async::Task<bool> fail(const std::vector<queue::ItemFailure>& items);
  async::Task<> release();
  void count(std::string_view result, const queue::Outcomes& outcomes);
  void close(const queue::ItemLease& lease);

  const Parts& parts_;
  RegisteredFunction function_;
  FunctionWork work_;
  std::vector<queue::ItemLease> open_;  // not answered for
  std::vector<Items> waiting_;          // parts that are to be sent, the last first
  async::Timer beat_;
  async::Timer halt_;
  bool halted_ = false;
  bool over_ = false;
};

}  // namespace layer::features::functions
