#include "queue/postgres/connect_options.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "queue/postgres/plain_text.h"

namespace layer::queue::postgres {
namespace {

TEST(PostgresUrl, is_read_as_libpq_reads_it_and_completed) {
  const auto options = parse_url("postgres://ann:p%40ss@db:5433/jobs?sslmode=require");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->values.at("user"), "ann");
  EXPECT_EQ(options->values.at("password"), "p@ss");
  EXPECT_EQ(options->values.at("sslmode"), "require");
  EXPECT_EQ(options->values.at("keepalives_idle"), "10");
  EXPECT_EQ(parse_url("postgres://db/x?keepalives_idle=99")->values.at("keepalives_idle"), "99");
}

TEST(PostgresUrl, says_nothing_of_its_password_when_it_is_wrong) {
  for (const char* url : {"postgres://ann:secret@db:port/x", "postgres://ann:secret@db:0/x",
                          "postgres://ann:secret%@db/x", "postgres://ann:secret@db:5432,/x",
                          "postgres://ann:secret@db/x?no_such_option=1"}) {
    const auto refused = parse_url(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
  }
  EXPECT_TRUE(parse_url("postgres://a:5432,b:5433/x"));
}

TEST(PostgresUrl, is_shown_without_who_uses_it) {
  EXPECT_EQ(shown("postgres://ann:secret@db:5433/jobs"), "db:5433/jobs");
}

TEST(PostgresUrl, names_become_addresses_before_libpq_sees_them) {
  async::Loops loops{1};
  const auto resolved = async::run_blocking(
      loops.at(0), [&] { return resolve(loops.at(0), "postgres://localhost/x"); });
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_NE(resolved->values.at("hostaddr").find("127.0.0.1"), std::string::npos);
  const auto socket = async::run_blocking(
      loops.at(0), [&] { return resolve(loops.at(0), "postgres://%2Frun%2Fpostgresql/x"); });
  ASSERT_TRUE(socket);
  EXPECT_FALSE(socket->values.contains("hostaddr"));
}

TEST(PlainText, keeps_what_postgres_can_hold) {
  EXPECT_EQ(plain_text("grün"), "grün");
  EXPECT_EQ(plain_text(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(plain_text("a\xff\xfe"), "a??");
}

}  // namespace
}  // namespace layer::queue::postgres
