#include "objects/s3/credentials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "async/deadline.h"
#include "async/task_group.h"
#include "core/random.h"
#include "objects/s3/credential_chain.h"
#include "objects/s3/credential_sources.h"
#include "objects/s3/profile_file.h"
#include "objects/s3/test_peer_bucket.h"

namespace layer::objects::s3 {
namespace {

constexpr std::int64_t kNow = 1'369'353'600'000;  // 2013-05-24T00:00:00Z
constexpr std::int64_t kHourMs = 3'600'000;

class CountedSource final : public CredentialsSource {
 public:
  async::Task<Result<std::optional<Credentials>>> fetch() override {
    ++fetches;
    co_await async::sleep_for(std::chrono::milliseconds(5));
    if (failing) {
      co_return fail(ErrorCode::kIo, "told to fail");
    }
    co_return Credentials{.access_key_id = std::to_string(fetches),
                          .secret_access_key = "s",
                          .expires_ms = expires_ms};
  }
  std::string_view name() const override { return "counted"; }

  int fetches = 0;
  bool failing = false;
  std::optional<std::int64_t> expires_ms = kNow + kHourMs;
};

class CredentialsTest : public ::testing::Test {
 protected:
  std::string id() {
    const auto got = async::run_blocking(loops.at(0), [&] { return cache.get(); });
    return got ? (*got)->access_key_id : got.error().message;
  }
  async::Loops loops{1};
  core::ManualClock clock{kNow};
  CountedSource source;
  CredentialsCache cache{source, clock};
};

TEST_F(CredentialsTest, AreFetchedOnceAndAgainBeforeTheyEnd) {
  EXPECT_EQ(id(), "1");
  EXPECT_EQ(id(), "1");
  clock.advance(std::chrono::minutes(56));
  source.expires_ms = kNow + 2 * kHourMs;
  EXPECT_EQ(id(), "2");
  EXPECT_EQ(id(), "2");
}

TEST_F(CredentialsTest, AFetchAheadOfTimeMayFail) {
  EXPECT_EQ(id(), "1");
  clock.advance(std::chrono::minutes(56));
  source.failing = true;
  EXPECT_EQ(id(), "1");
  EXPECT_EQ(id(), "1");
  EXPECT_EQ(source.fetches, 2) << "not asked again at once";
  clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(id(), "told to fail");
}

TEST_F(CredentialsTest, ManyCallersShareOneFetch) {
  int served = 0;
  async::run_blocking(loops.at(0), [&]() -> async::Task<> {
    async::TaskGroup callers(loops.at(0));
    for (int i = 0; i < 8; ++i) {
      callers.spawn([](CredentialsCache& c, int& count) -> async::Task<> {
        const auto got = co_await c.get();
        count += got && (*got)->access_key_id == "1" ? 1 : 0;
      }(cache, served));
    }
    co_await callers.join();
  });
  EXPECT_EQ(served, 8);
  EXPECT_EQ(source.fetches, 1);
}

TEST_F(CredentialsTest, RefusedOnesAreFetchedAgain) {
  const auto first = async::run_blocking(loops.at(0), [&] { return cache.get(); });
  cache.forget(*first);
  EXPECT_EQ(id(), "2");
  cache.forget(*first);
  EXPECT_EQ(id(), "2") << "those are gone already";
}

TEST(ProfileFile, ReadsOneProfile) {
  const std::string_view text =
      "# keys\n[default]\naws_access_key_id = a\r\naws_secret_access_key=b\n"
      "[profile other]\naws_access_key_id=c\naws_secret_access_key = d=e\n"
      "aws_session_token=t\n[half]\naws_access_key_id=f\n";
  EXPECT_EQ(read_profile(text, "default")->secret_access_key, "b");
  EXPECT_EQ(read_profile(text, "other")->secret_access_key, "d=e");
  EXPECT_EQ(read_profile(text, "other")->session_token, "t");
  EXPECT_FALSE(read_profile(text, "half"));
  EXPECT_FALSE(read_profile(text, "none"));
  EXPECT_FALSE(read_profile("[\n]\n=\n[default", "default"));
}

// A store without given credentials: they are looked for in `environment`.
class ChainTest : public ::testing::Test {
 protected:
  ~ChainTest() override { std::filesystem::remove_all(folder); }
  std::string file(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  // The access key that a request is signed with, or what kept it from being sent.
  std::string signer() {
    ScriptedBucket bucket([this](S3Options& options) {
      options.credentials.reset();
      options.environment = [this](const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
      };
    });
    bucket.server.then(reply(200, "x", "etag: \"e\"\r\n"));
    const auto object = bucket.get();
    if (!object) {
      return object.error().message;
    }
    token = bucket.server.seen().back().header("x-amz-security-token");
    const std::string header = bucket.server.seen().back().header("authorization");
    const std::size_t begin = header.find("Credential=") + 11;
    return header.substr(begin, header.find('/', begin) - begin);
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("credentials-" + core::random_uuid());
  std::map<std::string, std::string> environment{{"AWS_EC2_METADATA_DISABLED", "true"}};
  std::string token;
  ScriptedServer service;
};

TEST_F(ChainTest, WithoutAnySaysWhatToDo) {
  EXPECT_NE(signer().find("set AWS_ACCESS_KEY_ID"), std::string::npos);
}

TEST_F(ChainTest, TheEnvironmentGoesFirst) {
  environment["AWS_ACCESS_KEY_ID"] = "env";
  EXPECT_NE(signer().find("only one of"), std::string::npos);
  environment["AWS_SECRET_ACCESS_KEY"] = "secret";
  environment["AWS_SESSION_TOKEN"] = "t";
  EXPECT_EQ(signer(), "env");
  EXPECT_EQ(token, "t");
}

TEST_F(ChainTest, TheSharedFileHasProfiles) {
  environment["AWS_SHARED_CREDENTIALS_FILE"] =
      file("credentials", "[p]\naws_access_key_id=shared\naws_secret_access_key=s\n");
  EXPECT_NE(signer().find("the profile 'default'"), std::string::npos);
  environment["AWS_PROFILE"] = "p";
  EXPECT_EQ(signer(), "shared");
}

TEST_F(ChainTest, AWebIdentityIsExchanged) {
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = file("token", "the token\n");
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/x";
  environment["AWS_ENDPOINT_URL_STS"] = service.url();
  service.then(
      reply(200,
            "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
            "<AccessKeyId>assumed</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            "<SessionToken>st</SessionToken><Expiration>2013-05-24T01:00:00Z</Expiration>"
            "</Credentials></AssumeRoleWithWebIdentityResult>"
            "</AssumeRoleWithWebIdentityResponse>"));
  EXPECT_EQ(signer(), "assumed");
  EXPECT_EQ(token, "st");
  const SeenRequest request = service.seen().at(0);
  EXPECT_EQ(request.line(), "POST /");
  EXPECT_TRUE(
      request.body.starts_with("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&"
                               "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&"));
  EXPECT_TRUE(request.body.ends_with("&WebIdentityToken=the%20token"));
}

TEST_F(ChainTest, ARefusedWebIdentityDecides) {
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = file("token", "t");
  environment["AWS_ROLE_ARN"] = "r";
  environment["AWS_ENDPOINT_URL_STS"] = service.url();
  service.then(fault(403, "AccessDenied"));
  EXPECT_NE(signer().find("credentials from the web identity: it answered 403"), std::string::npos);
}

TEST_F(ChainTest, AContainerHasAnEndpointOfItsOwn) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = service.url() + "/creds?x=1";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = file("token", "bearer\n");
  service.then(reply(200, R"({"AccessKeyId":"boxed","SecretAccessKey":"s","Token":"bt",)"
                          R"("Expiration":"2013-05-24T01:00:00Z"})"));
  EXPECT_EQ(signer(), "boxed");
  EXPECT_EQ(service.seen().at(0).line(), "GET /creds?x=1");
  EXPECT_EQ(service.seen().at(0).header("authorization"), "bearer");
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/creds";
  EXPECT_NE(signer().find("neither https nor on this machine"), std::string::npos);
}

TEST_F(ChainTest, AnInstanceHasARole) {
  environment["AWS_EC2_METADATA_DISABLED"] = "false";
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = service.url();
  service.then(reply(200, "session"));
  service.then(reply(200, "my role\n"));
  service.then(reply(200, R"({"Code":"Success","AccessKeyId":"machine","SecretAccessKey":"s",)"
                          R"("Token":"mt","Expiration":"2013-05-24T06:00:00Z"})"));
  EXPECT_EQ(signer(), "machine");
  const auto seen = service.seen();
  EXPECT_EQ(seen.at(0).line(), "PUT /latest/api/token");
  EXPECT_EQ(seen.at(1).header("x-aws-ec2-metadata-token"), "session");
  EXPECT_EQ(seen.at(2).line(), "GET /latest/meta-data/iam/security-credentials/my%20role");
}

TEST_F(ChainTest, AnswersWithoutKeysAreRefused) {
  EXPECT_FALSE(read_credentials_json("{}"));
  EXPECT_FALSE(read_credentials_json("[1]"));
  EXPECT_FALSE(read_credentials_json("nonsense"));
  EXPECT_FALSE(read_assumed_role("<a/>"));
  EXPECT_FALSE(read_assumed_role("nonsense"));
}

TEST_F(ChainTest, EndedCredentialsAreFetchedAgainOnce) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = service.url() + "/creds";
  service.then(reply(200, R"({"AccessKeyId":"old","SecretAccessKey":"s"})"));
  service.then(reply(200, R"({"AccessKeyId":"new","SecretAccessKey":"s"})"));
  ScriptedBucket bucket([this](S3Options& options) {
    options.credentials.reset();
    options.environment = [this](const std::string& name) {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
  });
  bucket.server.then(fault(400, "ExpiredToken"));
  bucket.server.then(reply(200, "x", "etag: \"e\"\r\n"));
  ASSERT_TRUE(bucket.get());
  const auto seen = bucket.server.seen();
  EXPECT_NE(seen.at(0).header("authorization").find("=old/"), std::string::npos);
  EXPECT_NE(seen.at(1).header("authorization").find("=new/"), std::string::npos);
}

}  // namespace
}  // namespace layer::objects::s3
