// Operations of a bucket, each tried until it has an answer or its tries are used up. Repeated are
// lost connections, time-outs and answers that ask for it (5xx, 429, SlowDown), after a pause that
// doubles twice and is spread by chance; refused credentials once, with fresh ones; a clock that is
// said to be wrong once, by the server's. Thread safety: one loop.
#pragma once

#include <string>

#include "core/clock.h"
#include "http/client.h"
#include "objects/s3/answer.h"
#include "objects/s3/bucket.h"
#include "objects/s3/credentials.h"

namespace layer::objects::s3 {

class Session {
 public:
  // All of it outlives the session.
  struct Parts {
    const Bucket& bucket;
    http::Client& client;
    CredentialsCache& credentials;
    const core::Clock& clock;
  };
  Session(Parts parts, S3Limits limits) : parts_(parts), limits_(limits) {}

  // The first answer that is not worth another try, whatever its status. Errors: kUnavailable,
  // kIo (not HTTP, no credentials), kCancelled, kPayloadTooLarge.
  async::Task<Result<Answer>> run(Operation operation);
  // run(), and an answer outside 2xx is an error as well.
  async::Task<Result<Answer>> expect_ok(Operation operation);
  Error unexpected(const Answer& answer) const;

 private:
  struct Progress;
  enum class Next { kDone, kAtOnce, kAfterPause };

  async::Task<Result<Answer>> once(const Operation& operation, const Credentials& credentials,
                                   bool& sent);
  Next judge(const Operation& operation, const Result<Answer>& answer, Progress& progress);
  bool correct_clock(const Operation& operation, const Answer& answer, std::string_view code);
  async::Duration pause(int tries, const Result<Answer>& answer) const;

  Parts parts_;
  S3Limits limits_;
  std::int64_t skew_ms_ = 0;  // the server's clock less ours
};

}  // namespace layer::objects::s3
