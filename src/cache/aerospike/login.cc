#include "cache/aerospike/login.h"

#include <crypt.h>

#include <memory>

#include "cache/aerospike/big_endian.h"
#include "cache/aerospike/frame.h"

namespace layer::cache::aerospike {
namespace {

constexpr const char* kSalt = "$2a$10$7EqJtq98hPqEX7fNZaFWoO";
constexpr std::size_t kHashBytes = 60;

struct AdminField {
  admin::Field field;
  std::string_view value;
};

std::string print_admin(admin::Command command, std::initializer_list<AdminField> fields) {
  Writer writer;
  writer.number(std::uint16_t{0});
  writer.number(static_cast<std::uint8_t>(command));
  writer.number(static_cast<std::uint8_t>(fields.size()));
  writer.raw(std::string(admin::kHeadBytes - 4, '\0'));
  for (const AdminField& field : fields) {
    writer.number(static_cast<std::uint32_t>(field.value.size() + 1));
    writer.number(static_cast<std::uint8_t>(field.field));
    writer.raw(field.value);
  }
  return print_frame(FrameType::kAdmin, writer.take());
}

}  // namespace

Result<std::string> hash_password(const std::string& password) {
  const auto scratch = std::make_unique<crypt_data>();
  const char* hash = crypt_r(password.c_str(), kSalt, scratch.get());
  if (hash == nullptr || std::string_view(hash).size() != kHashBytes) {
    return fail(ErrorCode::kInternal, "this system's crypt library has no bcrypt");
  }
  return std::string(hash);
}

std::string print_login(std::string_view user, std::string_view password_hash) {
  return print_admin(admin::Command::kLogin,
                     {{admin::Field::kUser, user}, {admin::Field::kCredential, password_hash}});
}

std::string print_authenticate(std::string_view user, std::string_view session_token) {
  return print_admin(admin::Command::kAuthenticate,
                     {{admin::Field::kUser, user}, {admin::Field::kSessionToken, session_token}});
}

Result<LoginReply> parse_login_reply(std::string_view body) {
  Reader reader(body);
  LoginReply reply;
  reader.raw(1);
  reply.result = static_cast<ResultCode>(reader.number<std::uint8_t>());
  reader.raw(1);
  const auto fields = reader.number<std::uint8_t>();
  reader.raw(admin::kHeadBytes - 4);
  for (unsigned i = 0; i < fields && reader.ok(); ++i) {
    const auto bytes = reader.number<std::uint32_t>();
    Reader field(reader.raw(bytes));
    const auto type = static_cast<admin::Field>(field.number<std::uint8_t>());
    if (type == admin::Field::kSessionToken) {
      reply.session_token = field.raw(field.left());
    } else if (type == admin::Field::kSessionTtl) {
      reply.session_ttl = std::chrono::seconds(field.number<std::uint32_t>());
    }
    if (!field.ok()) {
      reader.fail();
    }
  }
  if (!reader.ok()) {
    return fail(ErrorCode::kCorrupt, "the Aerospike server's answer to a log-in cannot be read");
  }
  return reply;
}

}  // namespace layer::cache::aerospike
