#include "gateway/auth/body_names.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"

namespace layer::gateway {
namespace {

struct BodyNamesTest : ::testing::Test {
  Caller limited(Scopes scopes = {Scope::kRead, Scope::kWrite}) const {
    Grants grants;
    grants.stores.emplace("default", StoreRight{.scopes = scopes, .namespaces = {Glob("team-*")}});
    return with(grants);
  }
  static Caller with(Grants grants, CallerKind kind = CallerKind::kStaticKey) {
    return {std::make_shared<const Identity>(
                Identity{.name = "k", .kind = kind, .grants = std::move(grants)}),
            {}};
  }
  std::string check(std::string_view body, const Caller& caller) {
    const auto result = check_body_names(body, caller, "default", auth);
    return result ? "ok" : result.error().message.substr(0, 21);
  }

  core::Metrics metrics;
  core::Logger log{{.level = core::LogLevel::kOff}};
  Authenticator auth{{.policy = *AuthPolicy::make(AuthSetting::kKeys, {}),
                      .sources = {},
                      .metrics = metrics,
                      .log = log}};
};

constexpr std::string_view kNotGranted = "namespace not granted";

TEST_F(BodyNamesTest, OnlyCallersWithoutReadOnTheWholeStoreAreChecked) {
  EXPECT_FALSE(names_need_check(with(Grants::of_everything({Scope::kRead})), "default"));
  EXPECT_FALSE(names_need_check(with({}, CallerKind::kPassthrough), "default"));
  EXPECT_TRUE(names_need_check(with(Grants::of_everything({Scope::kWrite})), "default"));
  EXPECT_TRUE(names_need_check(limited(), "default"));
  EXPECT_TRUE(names_need_check(with({.layer = {Scope::kAdmin}}), "default"));
  EXPECT_EQ(check(R"({"copy_from_namespace":"x"})", with(Grants::of_everything({Scope::kRead}))),
            "ok");
}

TEST_F(BodyNamesTest, ASourceNeedsReadLikeANameInThePath) {
  EXPECT_EQ(check(R"({"copy_from_namespace":"team-a"})", limited()), "ok");
  EXPECT_EQ(check(R"({"copy_from_namespace":"other"})", limited()), kNotGranted);
  EXPECT_EQ(check(R"({"copy_from_namespace":"team-a"})", limited({Scope::kWrite})),
            "insufficient API key ");
  EXPECT_EQ(check(R"({"upsert_rows":[{"id":1}]})", limited()), "ok");
  EXPECT_NE(metrics.print().find("layer_auth_failures_total{reason=\"namespace\"} 1\n"),
            std::string::npos);
}

TEST_F(BodyNamesTest, NoSpellingGetsAroundTheCheck) {
  for (const auto* const body : {
           R"({"copy_from_namespace":"team-a","copy_from_namespace":"other"})",
           R"({"copy_from_namespace":"other","copy_from_namespace":"team-a"})",
           R"({"\u0063opy_from_namespace":"other"})",
           R"({"copy_from_namespace":{"source_namespace":"team-a","source_namespace":"other"}})",
           R"({"copy_from_namespace":{"source_namespace":"other","source_api_key":"k"}})",
           R"({"copy_from_namespace":"team-a","branch_from_namespace":"other"})",
           R"({"copy_from_namespace":"\u006fther"})",
       }) {
    EXPECT_EQ(check(body, limited()), kNotGranted) << body;
  }
  // gzip, zstd: whoever hands over packed bytes gets no pass.
  EXPECT_EQ(check(std::string_view("\x1f\x8b\x08\0\0\0\0\0", 8), limited()),
            "this API key is limit");
  EXPECT_EQ(check(std::string_view("\x28\xb5\x2f\xfd\x04\0\x59\0", 8), limited()),
            "this API key is limit");
}

TEST_F(BodyNamesTest, WhatIsNotJsonIsLeftToTheStore) {
  EXPECT_EQ(check("", limited()), "ok");
  EXPECT_EQ(check("not json", limited()), "ok");
  EXPECT_EQ(check(R"({"upsert_rows":[}})", limited()), "ok");
  EXPECT_EQ(check("{copy_from_namespace:'other'}", limited()), "this API key is limit");
}

// Pieces of a body, one a call.
class Pieces final : public http::Body {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  async::Task<Result<std::string_view>> next() override {
    co_return at_ < pieces_.size() ? std::string_view(pieces_[at_++]) : std::string_view();
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

TEST_F(BodyNamesTest, AForbiddenNameEndsTheBodyBeforeItIsComplete) {
  async::Loops loops(1);
  Pieces pieces({R"({"upsert_rows":[],"copy_from_na)", R"(mespace":"oth)", R"(er"})"});
  const Caller caller = limited();
  NameCheckBody body(pieces, caller, "default", auth);
  std::string given;
  const auto end = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<void>> {
    for (;;) {
      const auto piece = co_await body.next();
      if (!piece) {
        co_return std::unexpected(piece.error());
      }
      if (piece->empty()) {
        co_return Result<void>();
      }
      given += *piece;
    }
  });
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(given, R"({"upsert_rows":[],"copy_from_namespace":"oth)");
}

TEST_F(BodyNamesTest, AGrantedBodyPassesUnchanged) {
  async::Loops loops(1);
  const std::string text = R"({"copy_from_namespace":{"source_namespace":"team-a"}})";
  http::StringBody inner(text);
  const Caller caller = limited();
  NameCheckBody body(inner, caller, "default", auth);
  EXPECT_EQ(body.size(), text.size());
  const auto read = async::run_blocking(loops.at(0), [&]() -> async::Task<Result<std::string>> {
    co_return co_await http::read_all(body, 1024);
  });
  EXPECT_EQ(read.value_or("refused"), text);
}

}  // namespace
}  // namespace layer::gateway
