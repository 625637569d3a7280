// Who may speak to the cluster, and whom it believes: users and TLS.
#include <gtest/gtest.h>

#include "cache/aerospike/login.h"
#include "cache/aerospike/test_world.h"
#include "http/test_tls.h"

namespace layer::cache::aerospike {
namespace {

using testing::eventually;
using testing::put_of;
using testing::ServerOptions;
using testing::TestWorld;

ServerOptions guarded() {
  return {.nodes = 2, .user = "layer", .credential = hash_password("secret").value()};
}

TestWorld::Options user(std::string name, std::string password) {
  return [name, password](AerospikeOptions& options) {
    options.user = name;
    options.password = password;
  };
}

TEST(Users, LogInOnceALoopAndNodeAndReuseTheSession) {
  TestWorld world(guarded(), user("layer", "secret"));
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put({put_of("k", "body")}));
  EXPECT_EQ(world.body("k"), "body");
  async::TaskGroup group(world.loops.at(0));
  const auto reader = [&]() -> async::Task<> {
    (void)co_await world.store->get("set", {"k"}, BinSet::all());
  };
  async::run_blocking(world.loops.at(0), [&]() -> async::Task<> {
    for (int i = 0; i < 8; ++i) {
      group.spawn(reader());
    }
    co_await group.join();
  });
  EXPECT_GT(world.server.authentications(), 0U);
  EXPECT_LE(world.server.logins(), 4U);
}

TEST(Users, LogInAgainWhenTheServerForgotTheSession) {
  TestWorld world(guarded(), user("layer", "secret"));
  ASSERT_TRUE(world.connects());
  ASSERT_TRUE(world.put({put_of("k", "body")}));
  const std::size_t before = world.server.logins();
  world.server.forget_sessions();
  for (std::size_t node = 0; node < 2; ++node) {
    world.server.kill(node);
    world.server.revive(node);
  }
  EXPECT_TRUE(eventually([&] { return world.body("k") == "body"; }));
  EXPECT_GT(world.server.logins(), before);
}

TEST(Users, WithAWrongPasswordAreToldSo) {
  TestWorld world(guarded(), user("layer", "guess"));
  EXPECT_TRUE(eventually([&] {
    return world.store->last_error().find("refused the user 'layer'") != std::string::npos;
  })) << world.store->last_error();
  EXPECT_FALSE(world.store->connected());
  EXPECT_EQ(world.store->last_error().find("guess"), std::string::npos);
}

TEST(Users, AreLeftOutsideWithoutAName) {
  TestWorld world(guarded());
  EXPECT_TRUE(eventually([&] { return !world.store->last_error().empty(); }));
  EXPECT_FALSE(world.store->connected());
}

class Tls : public ::testing::Test {
 protected:
  ServerOptions server() const {
    return {.nodes = 2,
            .tls = http::make_server_tls(certificate.cert_file(), certificate.key_file()).value(),
            .tls_name = "cache.example"};
  }
  TestWorld::Options client(std::string name) const {
    return [this, name](AerospikeOptions& options) {
      options.seeds.front().tls_name = name;
      options.tls_ca_file = certificate.cert_file();
    };
  }
  http::testing::TestCertificate certificate{"cache.example"};
};

TEST_F(Tls, IsSpokenToEveryNode) {
  TestWorld world(server(), client("cache.example"));
  ASSERT_TRUE(world.connects()) << world.store->last_error();
  std::vector<Put> puts;
  for (int i = 0; i < 50; ++i) {
    puts.push_back(put_of(std::to_string(i), std::string(20'000, 'x')));
  }
  ASSERT_TRUE(world.put(puts));
  EXPECT_TRUE(eventually([&] {
    return world.body("7").size() == 20'000 && world.body("8").size() == 20'000 &&
           world.get({"0", "1", "2", "3", "4", "5", "6", "7"}).has_value() &&
           world.server.requests(1) > 0;
  }));
}

TEST_F(Tls, IsRefusedToANodeOfAnotherName) {
  TestWorld world(server(), client("other.example"));
  EXPECT_TRUE(eventually([&] {
    return world.store->last_error().find("TLS with") != std::string::npos;
  })) << world.store->last_error();
  EXPECT_FALSE(world.store->connected());
}

TEST_F(Tls, IsNotGuessed) {
  TestWorld world(server());
  EXPECT_TRUE(eventually([&] { return !world.store->last_error().empty(); }));
  EXPECT_FALSE(world.store->connected());
}

TEST(Opening, RefusesOptionsThatCannotWork) {
  async::Loops loops{1};
  EXPECT_EQ(open_aerospike({}, loops, nullptr).error().code, ErrorCode::kInvalidArgument);
  AerospikeOptions options{.seeds = {{.host = "h", .tls_name = "n", .port = 1}},
                           .tls_ca_file = "/no/such/file"};
  EXPECT_EQ(open_aerospike(options, loops, nullptr).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace layer::cache::aerospike
