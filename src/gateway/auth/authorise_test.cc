#include "gateway/auth/authorise.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

Caller with(Grants grants, CallerKind kind = CallerKind::kStaticKey) {
  return {std::make_shared<const Identity>(
              Identity{.name = "k", .kind = kind, .grants = std::move(grants)}),
          {}};
}

StoreRight right(Scopes scopes, std::initializer_list<std::string_view> globs = {}) {
  StoreRight out{.scopes = scopes};
  for (const auto glob : globs) {
    out.namespaces.emplace_back(glob);
  }
  return out;
}

// "ok", or the message with what scope is required.
std::string verdict(const Result<void>& result) {
  if (result) {
    return "ok";
  }
  EXPECT_EQ(result.error().code, ErrorCode::kForbidden);
  std::string text = result.error().message;
  for (const auto& field : result.error().fields) {
    if (field.name == "required_scope") {
      text += ": " + field.value;
    }
  }
  return text;
}

constexpr std::string_view kNotGranted = "namespace not granted";

TEST(Scopes, AdminImpliesReadAndWriteAndWriteImpliesNothing) {
  const Scopes admin{Scope::kAdmin};
  const Scopes write{Scope::kWrite};
  EXPECT_TRUE(admin.allow(Scope::kRead) && admin.allow(Scope::kWrite) &&
              admin.allow(Scope::kAdmin));
  EXPECT_TRUE(write.allow(Scope::kWrite));
  EXPECT_FALSE(write.allow(Scope::kRead) || write.allow(Scope::kAdmin));
  EXPECT_TRUE(Scopes{}.allow(Scope::kNone));
  EXPECT_FALSE(Scopes{}.allow(Scope::kRead));
  EXPECT_TRUE(admin.cover({Scope::kRead, Scope::kWrite}));
  EXPECT_FALSE(write.cover({Scope::kRead}));
}

TEST(Authorise, AKeyWithScopesAloneHasThemEverywhere) {
  const Caller reader = with(Grants::of_everything({Scope::kRead}));
  EXPECT_EQ(verdict(authorise(reader, Scope::kRead, "a", "films")), "ok");
  EXPECT_EQ(verdict(authorise(reader, Scope::kRead, "b", "")), "ok");
  EXPECT_EQ(verdict(authorise(reader, Scope::kRead, "", "")), "ok");
  EXPECT_EQ(verdict(authorise(reader, Scope::kWrite, "a", "films")),
            "insufficient API key scope: write");
  EXPECT_EQ(verdict(authorise(reader, Scope::kAdmin, "", "")), "insufficient API key scope: admin");
  EXPECT_EQ(verdict(authorise(reader, Scope::kNone, "", "")), "ok");
}

TEST(Authorise, EachStoreHasItsOwnScopesAndPatterns) {
  Grants grants;
  grants.layer = {Scope::kRead};
  grants.stores.emplace("a", right({Scope::kRead, Scope::kWrite}, {"team-*", "shared"}));
  grants.stores.emplace("b", right({Scope::kRead}));
  const Caller key = with(grants);
  EXPECT_EQ(verdict(authorise(key, Scope::kWrite, "a", "team-x")), "ok");
  EXPECT_EQ(verdict(authorise(key, Scope::kWrite, "a", "shared")), "ok");
  EXPECT_EQ(verdict(authorise(key, Scope::kRead, "a", "other")), kNotGranted);
  EXPECT_EQ(verdict(authorise(key, Scope::kAdmin, "a", "team-x")),
            "insufficient API key scope: admin");
  EXPECT_EQ(verdict(authorise(key, Scope::kRead, "b", "anything")), "ok");
  EXPECT_EQ(verdict(authorise(key, Scope::kWrite, "b", "anything")),
            "insufficient API key scope: write");
  EXPECT_EQ(verdict(authorise(key, Scope::kRead, "c", "team-x")), kNotGranted);
  EXPECT_EQ(verdict(authorise(key, Scope::kRead, "", "")), "ok");
  EXPECT_EQ(verdict(authorise(key, Scope::kWrite, "", "")), "insufficient API key scope: write");
}

TEST(Authorise, AWholeStoreTakesEveryNamespaceOrAdminOfTheDeployment) {
  Grants some;
  some.stores.emplace("a", right({Scope::kRead}, {"team-*"}));
  EXPECT_EQ(verdict(authorise(with(some), Scope::kRead, "a", "")), kNotGranted);
  Grants all;
  all.stores.emplace("a", right({Scope::kRead}, {"x", "*"}));
  EXPECT_EQ(verdict(authorise(with(all), Scope::kRead, "a", "")), "ok");
  EXPECT_EQ(verdict(authorise(with(all), Scope::kAdmin, "a", "")),
            "insufficient API key scope: admin");
  some.layer = {Scope::kAdmin};
  EXPECT_EQ(verdict(authorise(with(some), Scope::kRead, "a", "")), "ok");
}

TEST(Authorise, AdminOfTheDeploymentIsNoRightOnNamespaces) {
  const Caller admin = with({.layer = {Scope::kAdmin}});
  EXPECT_EQ(verdict(authorise(admin, Scope::kAdmin, "", "")), "ok");
  EXPECT_EQ(verdict(authorise(admin, Scope::kRead, "a", "films")), kNotGranted);
  EXPECT_FALSE(may_read(admin, "a", "films"));
  EXPECT_FALSE(may_read(admin, "a", ""));
}

TEST(Authorise, AKeyWithoutRightsMayDoNothing) {
  const Caller nobody = with({});
  for (const Scope scope : {Scope::kRead, Scope::kWrite, Scope::kAdmin}) {
    EXPECT_FALSE(authorise(nobody, scope, "a", "films"));
    EXPECT_FALSE(authorise(nobody, scope, "a", ""));
    EXPECT_FALSE(authorise(nobody, scope, "", ""));
  }
}

TEST(Authorise, PassthroughCallersPassWhereTheStoreJudges) {
  Grants grants;
  grants.stores.emplace("a", right({Scope::kAdmin}));
  const Caller caller = with(grants, CallerKind::kPassthrough);
  EXPECT_EQ(verdict(authorise(caller, Scope::kWrite, "a", "films")), "ok");
  EXPECT_EQ(verdict(authorise(caller, Scope::kRead, "b", "films")), kNotGranted);
  EXPECT_EQ(verdict(authorise(caller, Scope::kRead, "a", "")), "insufficient API key scope: read");
  EXPECT_EQ(verdict(authorise(caller, Scope::kAdmin, "", "")), "insufficient API key scope: admin");
  EXPECT_EQ(verdict(authorise_forwarded(caller, Scope::kRead, "a", "")), "ok");
  EXPECT_EQ(verdict(authorise_forwarded(caller, Scope::kRead, "b", "")), kNotGranted);
}

TEST(Authorise, AListTakesReadOnSomeNamespaceAndIsThenFiltered) {
  Grants grants;
  grants.stores.emplace("a", right({Scope::kRead}, {"team-*"}));
  grants.stores.emplace("b", right({Scope::kWrite}));
  const Caller key = with(grants);
  EXPECT_EQ(verdict(authorise_list(key, "a", true)), "ok");
  EXPECT_EQ(verdict(authorise_list(key, "b", true)), "insufficient API key scope: read");
  EXPECT_TRUE(may_read(key, "a", "team-x"));
  EXPECT_FALSE(may_read(key, "a", "other"));
  EXPECT_FALSE(may_read(key, "a", ""));
  EXPECT_FALSE(may_read(key, "b", "x"));
  EXPECT_FALSE(may_read(key, "", ""));
}

TEST(Authorise, PassthroughCallersListOnlyWhatTheStoreListsItself) {
  Grants grants;
  grants.stores.emplace("a", right({Scope::kAdmin}));
  const Caller caller = with(grants, CallerKind::kPassthrough);
  EXPECT_EQ(verdict(authorise_list(caller, "a", true)), "ok");
  EXPECT_EQ(verdict(authorise_list(caller, "a", false)), "insufficient API key scope: read");
  EXPECT_FALSE(may_read(caller, "a", "films"));
}

}  // namespace
}  // namespace layer::gateway
