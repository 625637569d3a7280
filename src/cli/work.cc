#include "cli/work.h"

#include <thread>

#include "cli/stop_signal.h"
#include "sources/waiting.h"

namespace layer::cli {
namespace {

Result<Answer> ask_again(const Session& session, std::string_view method, const std::string& target,
                         const std::string& body, const sources::Wait& wait) {
  sources::Retries retries(std::chrono::minutes(1));
  for (;;) {
    auto answer = session.ask(method, target, body);
    if (answer && !sources::passes(answer->status)) {
      return answer;
    }
    const auto after = answer ? answer->headers.find("retry-after") : std::nullopt;
    const auto pause = retries.next(after ? sources::parse_retry_after(*after) : std::nullopt);
    if (!pause || !wait(*pause)) {
      return answer;
    }
  }
}

}  // namespace

Result<Answer> ask_patiently(const Session& session, std::string_view method,
                             const std::string& target, const std::string& body) {
  return ask_again(session, method, target, body, [](std::chrono::milliseconds pause) {
    std::this_thread::sleep_for(pause);
    return true;
  });
}

Result<Answer> ask_while_wanted(const Session& session, std::string_view method,
                                const std::string& target, const std::string& body) {
  return ask_again(session, method, target, body, wait_unless_stopped);
}

bool refuses_for_good(int status) {
  return status >= 400 && status < 500 && status != 408 && !sources::passes(status);
}

}  // namespace layer::cli
