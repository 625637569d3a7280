#include "resources/names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "resources/kinds.h"

namespace layer::resources {
namespace {

struct Spellings {
  bool (*matches)(std::string_view);
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

void check(const Spellings& spellings) {
  for (const auto& text : spellings.good) {
    EXPECT_TRUE(spellings.matches(text)) << "'" << text << "'";
  }
  for (const auto& text : spellings.bad) {
    EXPECT_FALSE(spellings.matches(text)) << "'" << text << "'";
  }
}

TEST(Names, ObjectsAreDnsNames) {
  check({is_object_name,
         {"a", "films-2024", "a.b-c.d", "0", std::string(253, 'a')},
         {"", "Films", "a_b", "-a", "a-", ".a", "a.", "a..b", "a.-b", std::string(254, 'a')}});
}

TEST(Names, IdsAreShort) {
  check({is_id_name,
         {"a", "0-", std::string(63, 'a')},
         {"", "-a", "a.b", "A", std::string(64, 'a')}});
}

TEST(Names, SecretKeysCannotLeaveTheirFolder) {
  check({is_secret_key, {"api-key", "tls.crt", "A_b", "..."}, {"", ".", "..", "a/b", "a b"}});
}

TEST(Names, Labels) {
  check({is_label_key,
         {"app", "example.com/app", "A_b.c-d", std::string(63, 'a')},
         {"", "/app", "a/", "a b", "-a", "Example.com/app", "a/b/c", std::string(64, 'a')}});
  check({is_label_value, {"", "x", "Films_2024.v1"}, {"-x", "x-", "a b", std::string(64, 'a')}});
}

TEST(Names, Namespaces) {
  check({is_namespace_name,
         {"a", "Films_2024", "...", std::string(128, 'a')},
         {"", ".", "..", "a/b", "a b", std::string(129, 'a')}});
}

TEST(Names, KindsInAnyCaseAndAsPlurals) {
  EXPECT_EQ(parse_kind("Index"), Kind::kIndex);
  EXPECT_EQ(parse_kind("indexes"), Kind::kIndex);
  EXPECT_EQ(parse_kind("vectorstores"), Kind::kVectorStore);
  EXPECT_EQ(parse_kind("infrarules"), Kind::kInfraRules);
  EXPECT_EQ(parse_kind("ApiKeys"), Kind::kApiKey);
  EXPECT_EQ(parse_kind("indices"), std::nullopt);
  EXPECT_EQ(parse_kind(""), std::nullopt);
}

TEST(Names, Quantities) {
  check({is_quantity,
         {"1", "0.5", ".5", "250m", "2Gi", "1e3", "1E-3", "-1", "+1", "100k", "1Ei"},
         {"", "m", "1.2.3", "1 Gi", "1gi", "Gi", "1e", "1e1000", "0x1", "-", "."}});
}

TEST(Names, CronHasFiveFieldsAndAFixedMinute) {
  check({is_cron,
         {"0 * * * *", "59 23 31 12 7", "5 */2 1-15 * 1-5", "0 0,12 * 1/3 *"},
         {"", "* * * * *", "*/5 * * * *", "0 * * *", "0 * * * * *", "60 * * * *", "0 24 * * *",
          "0 * 0 * *", "0 * * 13 *", "0 5-1 * * *", "0 */0 * * *", "0  * * * *", "0 1, * * *",
          "-1 * * * *", "0 -1 * * *"}});
}

TEST(Names, UrlsHoldNoPasswords) {
  check({is_http_url,
         {"https://a", "http://127.0.0.1:80/x?q=1@2", "https://[::1]:443"},
         {"", "https://", "ftp://a", "https://me:pw@a", "https://me@a/", "https://a b",
          "https://:80", "https://a\n", "a"}});
  check({is_embedded_url,
         {"memory:", "file:///var/rows", "s3://bucket", "s3://bucket/prefix"},
         {"", "memory", "file://var", "file:///", "s3://", "s3:///x", "https://a"}});
}

}  // namespace
}  // namespace layer::resources
