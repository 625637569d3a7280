#include "gateway/auth/keys_file.h"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing/source_dir.h"

namespace layer::gateway {
namespace {

Result<std::string> resolve(const std::string& name, const std::string& key) {
  if (name == "frontend" && key == "token") {
    return "resolved-secret-of-frontend";
  }
  return fail(ErrorCode::kNotFound, "is nowhere");
}

KeysFileResult parse(std::string_view text, const std::string& file = "keys.yaml") {
  return parse_keys(text, file, resolve);
}

// All mistakes, one a line, without the file's name.
std::string mistakes(std::string_view text) {
  const auto keys = parse(text);
  std::string out;
  if (!keys) {
    for (const Error& error : keys.error()) {
      EXPECT_TRUE(error.message.starts_with("keys.yaml:")) << error.message;
      out += error.message.substr(10) + "\n";
    }
  }
  return out;
}

const Identity* find(const KeysFile& file, std::string_view key) {
  for (const KeyEntry& entry : file.keys) {
    if (entry.digest == sha256(key)) {
      return entry.identity.get();
    }
  }
  return nullptr;
}

TEST(KeysFile, AKeyWithScopesHasThemEverywhere) {
  const auto file = parse("- {name: reader, scopes: [read], key: 0123456789abcdef}\n");
  ASSERT_TRUE(file.has_value());
  const Identity* const reader = find(*file, "0123456789abcdef");
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(reader->name, "reader");
  EXPECT_EQ(reader->kind, CallerKind::kStaticKey);
  EXPECT_TRUE(reader->grants.layer.allow(Scope::kRead));
  EXPECT_TRUE(reader->grants.allow_namespace(Scope::kRead, "any", "films"));
  EXPECT_FALSE(reader->grants.allow_namespace(Scope::kWrite, "any", "films"));
  EXPECT_TRUE(file->warnings.empty());
}

TEST(KeysFile, EntitlementsSayWhere) {
  const auto file = parse(R"(
- name: team
  scopes: [read, write]
  entitlements:
    layer: {scopes: [read]}
    vectorstore.default: {namespaces: ["team-*", shared]}
    vectorstore.other: {scopes: [read]}
    warehouse.sales: {claims: [orders]}
  secretRef: {name: frontend, key: token}
)");
  ASSERT_TRUE(file.has_value());
  const Identity* const team = find(*file, "resolved-secret-of-frontend");
  ASSERT_NE(team, nullptr);
  const Grants& grants = team->grants;
  EXPECT_TRUE(grants.layer.allow(Scope::kRead));
  EXPECT_FALSE(grants.layer.allow(Scope::kWrite));
  EXPECT_TRUE(grants.allow_namespace(Scope::kWrite, "default", "team-a"));
  EXPECT_FALSE(grants.allow_namespace(Scope::kRead, "default", "films"));
  EXPECT_TRUE(grants.allow_namespace(Scope::kRead, "other", "films"));
  EXPECT_FALSE(grants.allow_namespace(Scope::kWrite, "other", "films"));
  EXPECT_FALSE(grants.allow_namespace(Scope::kRead, "third", "films"));
  EXPECT_EQ(grants.claims.at("sales"), std::vector<std::string>{"orders"});
}

TEST(KeysFile, JsonIsReadByItsEnding) {
  const auto file = parse(
      "[\n\t{\"name\": \"a\", \"scopes\": [\"admin\"], \"key\": "
      "\"0123456789abcdef\"}\n]\n",
      "keys.json");
  ASSERT_TRUE(file.has_value());
  EXPECT_NE(find(*file, "0123456789abcdef"), nullptr);
}

TEST(KeysFile, AKeyThatLooksLikeANumberIsTheTextThatWasWritten) {
  const auto file = parse("- {name: a, scopes: [read], key: 00123456789012345678}\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_NE(find(*file, "00123456789012345678"), nullptr);
}

TEST(KeysFile, EmptyFilesHoldNoKeys) {
  EXPECT_TRUE(parse("").has_value());
  EXPECT_TRUE(parse("[]").has_value());
}

TEST(KeysFile, ShortKeysAreWarnedOf) {
  const auto file = parse("- {name: a, scopes: [read], key: abc}\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->warnings,
            std::vector<std::string>{
                "keys.yaml:1:3: key 'a' is shorter than 16 bytes and may be guessed"});
}

TEST(KeysFile, AllMistakesAreReportedTogetherWithTheirPlaces) {
  EXPECT_EQ(mistakes(R"(- name: one
  scopes: [read, fly]
  key: SECRET WORD
- name: one
  scope: [read]
  key: SECRET-WORD-0001
- scopes: []
  key: SECRET-WORD-0001
  secretRef: {name: a, key: b}
- name: open
  scopes: [admin]
  secretRef: {name: a, key: b}
- text
)"),
            "2:11: unknown scope 'fly': expected read, write or admin\n"
            "3:8: the key of 'one' cannot be sent as a bearer: it must be 1 to 4096 visible ASCII "
            "characters without spaces\n"
            "5:3: unknown member 'scope': a key has name, scopes, entitlements, key, secretRef\n"
            "4:9: another key is named 'one'\n"
            "4:3: key 'one' has neither scopes nor entitlements\n"
            "7:3: a key needs a name\n"
            "7:11: scopes is a list with at least one entry\n"
            "7:3: key '' needs either key or secretRef\n"
            "10:9: 'open' is the name of a caller without a key of this file; choose another\n"
            "12:14: secret 'a', key 'b': is nowhere\n"
            "13:3: a key is a mapping with name, scopes, entitlements, key, secretRef\n");
}

TEST(KeysFile, MistakesOfEntitlementsAreReported) {
  EXPECT_EQ(mistakes(R"(- name: a
  scopes: [read]
  key: 0123456789abcdef
  entitlements:
    vectorstore.: {}
    database.x: {}
    vectorstore.x: {scopes: [write], namespaces: ["a?b"]}
    vectorstore.y: {namespaces: []}
    layer: {namespaces: [a]}
    warehouse.z: {scopes: [read]}
- name: b
  key: 0123456789abcdeg
  entitlements: {layer: {}}
- name: c
  key: 0123456789abcdeh
  entitlements: []
)"),
            "5:5: unknown target 'vectorstore.': expected layer, vectorstore.<name> or "
            "warehouse.<name>\n"
            "6:5: unknown target 'database.x': expected layer, vectorstore.<name> or "
            "warehouse.<name>\n"
            "7:29: an entitlement cannot exceed the scopes of its key\n"
            "7:50: 'a?b' is no namespace pattern: up to 128 of A-Z a-z 0-9 - _ . and *, which "
            "stands for any characters\n"
            "8:33: namespaces is a list with at least one entry\n"
            "9:13: unknown member 'namespaces': the entitlement layer has scopes\n"
            "10:19: unknown member 'scopes': an entitlement of a warehouse has claims\n"
            "13:25: neither this entitlement nor its key has scopes\n"
            "16:17: entitlements map targets (layer, vectorstore.<name>, warehouse.<name>) to "
            "rights\n");
}

TEST(KeysFile, TwoKeysMayNotShareASecret) {
  EXPECT_EQ(mistakes("- {name: a, scopes: [read], key: 0123456789abcdef}\n"
                     "- {name: b, scopes: [admin], key: 0123456789abcdef}\n"),
            "2:3: key 'b' has the secret of key 'a'\n");
}

TEST(KeysFile, OtherShapesAreMistakes) {
  EXPECT_NE(mistakes("keys: []"), "");
  EXPECT_NE(mistakes("- {name: a"), "");
  EXPECT_NE(mistakes("[]\n---\n[]\n"), "");
  EXPECT_NE(mistakes("- {name: a, scopes: [read], key: {a: b}}"), "");
  EXPECT_NE(mistakes("- {name: a, scopes: [read], key: ~}"), "");
  EXPECT_NE(mistakes("- {name: a, scopes: read, key: 0123456789abcdef}"), "");
}

TEST(KeysFile, NoMistakeShowsAKey) {
  for (const auto* const text : {
           "- {name: a, scopes: [read], key: SECRET WORD}",
           "- {name: a, scopes: [read], key: [SECRET]}",
           "- {name: a, scopes: [read], key: SECRET-WORD}\n- {name: b, key: SECRET-WORD}",
           "- {name: a, scopes: [read], key: 'SECRET\n",
       }) {
    const std::string found = mistakes(text);
    EXPECT_NE(found, "") << text;
    EXPECT_EQ(found.find("SECRET"), std::string::npos) << found;
  }
}

struct KeysFileOnDisk : ::testing::Test {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("keys-test-{}.yaml", ::getpid());

  void write(std::string_view text, ::mode_t mode) const {
    std::ofstream(path) << text;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  std::string first_mistake() const {
    const auto keys = read_keys_file(path, resolve);
    return keys ? "none" : keys.error().front().message;
  }
  ~KeysFileOnDisk() override { std::filesystem::remove(path); }
};

TEST_F(KeysFileOnDisk, IsReadWhenOthersCannot) {
  write("- {name: a, scopes: [read], key: 0123456789abcdef}\n", 0600);
  EXPECT_EQ(read_keys_file(path, resolve)->keys.size(), 1);
  write("[]", 0640);
  EXPECT_EQ(first_mistake(), "none");
}

TEST_F(KeysFileOnDisk, IsRefusedWhenOthersMayUseIt) {
  for (const ::mode_t mode : {0644U, 0602U, 0606U}) {
    write("[]", mode);
    EXPECT_EQ(first_mistake(),
              fmt::format("{}: others may use this file (mode {:04o}): run chmod 600 {}",
                          path.string(), mode, path.string()));
  }
}

TEST_F(KeysFileOnDisk, MustBeAFileOfASize) {
  EXPECT_NE(first_mistake().find("No such file"), std::string::npos);
  write(std::string(kKeysFileBytesMax + 1, '#'), 0600);
  EXPECT_NE(first_mistake().find("is larger than"), std::string::npos);
  EXPECT_NE(read_keys_file(std::filesystem::temp_directory_path(), resolve)
                .error()
                .front()
                .message.find("is not a file"),
            std::string::npos);
}

// The example for users is a keys file.
TEST(KeysFile, TheDocumentedExampleIsRead) {
  std::ifstream in(layer::testing::source_dir() / "docs" / "authentication.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto begin = text.find("```yaml\n");
  ASSERT_NE(begin, std::string::npos);
  const auto end = text.find("```", begin + 8);
  const auto file = parse_keys(text.substr(begin + 8, end - begin - 8), "keys.yaml",
                               [](const std::string&, const std::string&) -> Result<std::string> {
                                 return "a-secret-from-somewhere";
                               });
  ASSERT_TRUE(file.has_value()) << file.error().front().message;
  EXPECT_EQ(file->keys.size(), 3);
  EXPECT_TRUE(file->warnings.empty());
}

}  // namespace
}  // namespace layer::gateway
