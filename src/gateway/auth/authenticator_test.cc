#include "gateway/auth/authenticator.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "gateway/auth/body_names.h"
#include "gateway/auth/test_store.h"

namespace layer::gateway {
namespace {

struct Source final : KeySource {
  std::shared_ptr<const KeyRing> ring() const override { return keys; }
  bool reachable() const override { return up; }
  std::shared_ptr<const KeyRing> keys = std::make_shared<KeyRing>();
  bool up = true;
};

KeyEntry key(std::string_view text, std::string name, Grants grants) {
  return {
      .digest = sha256(text),
      .identity = std::make_shared<const Identity>(Identity{
          .name = std::move(name), .kind = CallerKind::kStaticKey, .grants = std::move(grants)})};
}

std::shared_ptr<const AuthPolicy> policy(AuthSetting setting, std::vector<StoreAuth> stores) {
  return *AuthPolicy::make(setting, stores);
}

struct AuthenticatorTest : ::testing::Test {
  Result<Caller> ask(const http::Headers& headers, std::string store = "default") {
    const TestStore target(std::move(store));
    std::optional<Result<Caller>> caller;
    async::run_blocking(loops.at(0), [&]() -> async::Task<> {
      caller = co_await auth.authenticate(headers, target);
    });
    return *caller;
  }
  Result<Caller> bearer(const std::string& token, std::string store = "default") {
    return ask({{"authorization", "Bearer " + token}}, std::move(store));
  }
  bool counted(std::string_view why, int times) const {
    return metrics.print().find(fmt::format("layer_auth_failures_total{{reason=\"{}\"}} {}\n", why,
                                            times)) != std::string::npos;
  }

  std::filesystem::path log_file =
      std::filesystem::temp_directory_path() / fmt::format("auth-test-{}.log", ::getpid());
  async::Loops loops{1};
  core::Metrics metrics;
  core::Logger log{{.file = log_file}};
  std::int64_t now_ms = 1'000'000;
  StaticKeySource file{std::make_shared<KeyRing>(
      std::vector{key("static-key", "reader", Grants::of_everything({Scope::kRead}))})};
  Source minted;
  Authenticator auth{
      {.policy = policy(AuthSetting::kKeys, {{.store = "default", .is_default = true}}),
       .sources = {&file, &minted},
       .metrics = metrics,
       .log = log,
       .wall_ms = [this] { return now_ms; }}};

  ~AuthenticatorTest() override { std::filesystem::remove(log_file); }
};

TEST_F(AuthenticatorTest, AKeyIsItsCaller) {
  const auto caller = bearer("static-key");
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->name(), "reader");
  EXPECT_EQ(caller->kind(), CallerKind::kStaticKey);
  EXPECT_EQ(caller->digest(), sha256("static-key"));
  // The store gets its own credential, never a key of the gateway's.
  EXPECT_EQ(caller->authorization(), "");
}

TEST_F(AuthenticatorTest, WithoutABearerTheAnswerIs401) {
  for (const http::Headers& headers :
       {http::Headers{}, http::Headers{{"authorization", "Basic YTpi"}}}) {
    const auto caller = ask(headers);
    ASSERT_FALSE(caller.has_value());
    EXPECT_EQ(caller.error().code, ErrorCode::kUnauthorized);
    EXPECT_EQ(caller.error().message, "missing or malformed Authorization: Bearer header");
  }
  EXPECT_TRUE(counted("missing", 1));
  EXPECT_TRUE(counted("malformed", 1));
}

TEST_F(AuthenticatorTest, AnUnknownKeyIs403) {
  const auto caller = bearer("no-such-key");
  ASSERT_FALSE(caller.has_value());
  EXPECT_EQ(caller.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(caller.error().message, "invalid API key");
  EXPECT_TRUE(counted("unknown_key", 1));
}

TEST_F(AuthenticatorTest, AnExpiredKeyAnswersLikeAnUnknownOne) {
  KeyEntry entry = key("minted-key", "m", Grants::of_everything({Scope::kRead}));
  entry.expires_at_ms = now_ms + 1;
  minted.keys = std::make_shared<KeyRing>(std::vector{entry});
  EXPECT_TRUE(bearer("minted-key").has_value());
  now_ms += 1;
  const auto caller = bearer("minted-key");
  ASSERT_FALSE(caller.has_value());
  EXPECT_EQ(caller.error(), bearer("no-such-key").error());
  EXPECT_TRUE(counted("expired_key", 1));
}

TEST_F(AuthenticatorTest, WhileASourceIsAwayLoadedKeysOpenAndUnknownOnesWait) {
  minted.up = false;
  EXPECT_TRUE(bearer("static-key").has_value());
  const auto caller = bearer("perhaps-a-key");
  ASSERT_FALSE(caller.has_value());
  EXPECT_EQ(caller.error().code, ErrorCode::kServiceUnavailable);
  EXPECT_TRUE(counted("key_source", 1));
}

TEST_F(AuthenticatorTest, ReplacedKeysCountFromTheNextRequestOn) {
  file.replace(std::make_shared<KeyRing>(
      std::vector{key("new-key", "writer", Grants::of_everything({Scope::kWrite}))}));
  EXPECT_FALSE(bearer("static-key").has_value());
  EXPECT_TRUE(bearer("new-key").has_value());
}

TEST_F(AuthenticatorTest, AnOpenStoreAsksNobody) {
  auth.replace(policy(AuthSetting::kOpen, {{.store = "default", .is_default = true}}));
  for (const auto& caller : {ask({}), bearer("anything"), ask({{"authorization", "Basic x"}})}) {
    ASSERT_TRUE(caller.has_value());
    EXPECT_EQ(caller->kind(), CallerKind::kOpen);
    EXPECT_EQ(caller->authorization(), "");
    EXPECT_TRUE(authorise(*caller, Scope::kAdmin, "default", "films").has_value());
    EXPECT_TRUE(authorise(*caller, Scope::kAdmin, "", "").has_value());
  }
}

TEST_F(AuthenticatorTest, PassthroughKeepsTheHeaderAsItCame) {
  auth.replace(policy(AuthSetting::kDeriveFromStore, {{.store = "default", .is_default = true}}));
  const auto caller = ask({{"Authorization", "bearer  tpuf_x"}});
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->kind(), CallerKind::kPassthrough);
  EXPECT_EQ(caller->authorization(), "bearer  tpuf_x");
  EXPECT_EQ(caller->digest(), sha256("tpuf_x"));
  EXPECT_EQ(ask({}).error().code, ErrorCode::kUnauthorized);
}

TEST_F(AuthenticatorTest, PassthroughStillKnowsTheGatewaysKeys) {
  auth.replace(policy(AuthSetting::kPassthrough, {{.store = "default",
                                                   .is_default = true,
                                                   .has_credential = true,
                                                   .credential = core::Secret("stored")}}));
  EXPECT_EQ(bearer("static-key")->kind(), CallerKind::kStaticKey);
  const auto caller = bearer("stored");
  EXPECT_EQ(caller->kind(), CallerKind::kStoreCredential);
  EXPECT_TRUE(authorise(*caller, Scope::kAdmin, "", "").has_value());
  EXPECT_TRUE(authorise(*caller, Scope::kRead, "default", "").has_value());
}

TEST_F(AuthenticatorTest, TheStoredCredentialIsAnAdminKeyOfItsStore) {
  auth.replace(
      policy(AuthSetting::kDeriveFromStore,
             {{.store = "default",
               .is_default = true,
               .has_credential = true,
               .credential = core::Secret("stored")},
              {.store = "other", .has_credential = true, .credential = core::Secret("two")}}));
  const auto caller = bearer("stored");
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->name(), "deriveFromStore");
  EXPECT_TRUE(authorise(*caller, Scope::kWrite, "default", "films").has_value());
  EXPECT_FALSE(authorise(*caller, Scope::kRead, "other", "films").has_value());
  EXPECT_FALSE(bearer("stored", "other").has_value());
  EXPECT_TRUE(authorise(*bearer("two", "other"), Scope::kAdmin, "other", "films").has_value());
  EXPECT_FALSE(authorise(*bearer("two", "other"), Scope::kRead, "", "").has_value());
}

TEST_F(AuthenticatorTest, AStoreNobodyKnowsLetsNobodyIn) {
  EXPECT_FALSE(bearer("static-key", "nowhere").has_value());
}

TEST_F(AuthenticatorTest, RefusedRightsAreCounted) {
  const auto caller = bearer("static-key");
  const auto refused = auth.authorise(*caller, Scope::kWrite, "default", "films");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "insufficient API key scope");
  EXPECT_EQ(refused.error().fields,
            (std::vector<core::ErrorField>{{.name = "required_scope", .value = "write"}}));
  EXPECT_TRUE(auth.authorise(*caller, Scope::kRead, "default", "films").has_value());
  EXPECT_FALSE(auth.authorise_forwarded(*caller, Scope::kAdmin, "default", "").has_value());
  EXPECT_TRUE(auth.authorise_list(*caller, "default", false).has_value());
  EXPECT_TRUE(counted("scope", 2));
}

// Every way to be refused, then a look at everything that was said.
TEST_F(AuthenticatorTest, NoMessageAndNoLogLineShowsAKey) {
  std::string said;
  const auto note = [&](const auto& result) {
    ASSERT_FALSE(result.has_value());
    said += result.error().message;
    for (const auto& field : result.error().fields) {
      said += field.name + field.value;
    }
  };
  note(ask({{"authorization", "Basic SECRET-WORD"}}));
  note(ask({{"authorization", "Bearer SECRET-WORD SECRET-WORD"}}));
  note(ask({{"authorization", "Bearer SECRET-WORD"}, {"authorization", "Bearer SECRET-WORD"}}));
  note(bearer("SECRET-WORD"));
  minted.up = false;
  note(bearer("SECRET-WORD"));
  KeyEntry expired = key("SECRET-WORD", "old", {});
  expired.expires_at_ms = 1;
  file.replace(std::make_shared<KeyRing>(std::vector{expired}));
  note(bearer("SECRET-WORD"));
  Grants limited;
  limited.stores.emplace("default",
                         StoreRight{.scopes = {Scope::kWrite}, .namespaces = {Glob("team-*")}});
  file.replace(std::make_shared<KeyRing>(std::vector{key("SECRET-WORD", "limited", limited)}));
  const auto caller = bearer("SECRET-WORD");
  note(auth.authorise(*caller, Scope::kRead, "default", "team-a"));
  note(auth.authorise(*caller, Scope::kRead, "default", "other"));
  note(auth.authorise_list(*caller, "default", false));
  note(check_body_names(R"({"copy_from_namespace":{"source_namespace":"x",
                            "source_api_key":"SECRET-WORD"}})",
                        *caller, "default", auth));
  note(check_body_names(R"({"copy_from_namespace":["SECRET-WORD"]})", *caller, "default", auth));
  log.flush();
  std::ifstream file_of_log(log_file);
  said.append(std::istreambuf_iterator<char>(file_of_log), {});
  said += metrics.print();
  EXPECT_NE(said.find("request refused"), std::string::npos);
  EXPECT_EQ(said.find("SECRET"), std::string::npos) << said;
  static_assert(!fmt::is_formattable<core::Secret>::value && !fmt::is_formattable<Caller>::value);
}

}  // namespace
}  // namespace layer::gateway
