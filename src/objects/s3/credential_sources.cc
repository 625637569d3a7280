// Sources that read what is at hand: variables and files.
#include "objects/s3/credential_sources.h"

#include "objects/s3/profile_file.h"
#include "objects/s3/small_file.h"

namespace layer::objects::s3 {

async::Task<Result<std::optional<Credentials>>> EnvironmentCredentials::fetch() {
  Credentials found{.access_key_id = parts_.variable("AWS_ACCESS_KEY_ID"),
                    .secret_access_key = parts_.variable("AWS_SECRET_ACCESS_KEY"),
                    .session_token = parts_.variable("AWS_SESSION_TOKEN")};
  if (found.access_key_id.empty() && found.secret_access_key.empty()) {
    co_return std::nullopt;
  }
  if (found.access_key_id.empty() || found.secret_access_key.empty()) {
    co_return fail(ErrorCode::kIo,
                   "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set");
  }
  co_return found;
}

async::Task<Result<std::optional<Credentials>>> SharedFile::fetch() {
  std::string profile = parts_.variable("AWS_PROFILE");
  std::string file = parts_.variable("AWS_SHARED_CREDENTIALS_FILE");
  const bool asked_for = !profile.empty() || !file.empty();
  if (profile.empty()) {
    profile = "default";
  }
  if (file.empty()) {
    const std::string home = parts_.variable("HOME");
    if (home.empty()) {
      co_return std::nullopt;
    }
    file = home + "/.aws/credentials";
  }
  const auto text = co_await read_small_file(parts_.pool, file, kProfileFileBytesMax);
  if (!text) {
    if (!asked_for && text.error().code == ErrorCode::kNotFound) {
      co_return std::nullopt;
    }
    co_return fail(ErrorCode::kIo, text.error().message);
  }
  auto found = read_profile(*text, profile);
  if (!found && asked_for) {
    co_return fail(ErrorCode::kIo, "the profile '" + profile + "' of " + file + " holds no keys");
  }
  co_return found;
}

}  // namespace layer::objects::s3
