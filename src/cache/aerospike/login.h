// Who we are: the messages of a log-in. The password never travels; its bcrypt hash under the salt
// that all of Aerospike's clients share does, so a user without TLS is protected from being read,
// not from being replayed.
// Thread safety: free functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cache/aerospike/protocol.h"
#include "core/error.h"

namespace layer::cache::aerospike {

inline constexpr std::size_t kAdminBytesMax = 64 * 1024;

// Cost: about a tenth of a second of CPU: once, at start. Errors: kInternal.
Result<std::string> hash_password(const std::string& password);

std::string print_login(std::string_view user, std::string_view password_hash);
std::string print_authenticate(std::string_view user, std::string_view session_token);

struct LoginReply {
  ResultCode result = ResultCode::kOk;
  std::string session_token{};
  std::optional<std::chrono::seconds> session_ttl{};
};
// The body of an admin message. Errors: kCorrupt.
Result<LoginReply> parse_login_reply(std::string_view body);

}  // namespace layer::cache::aerospike
