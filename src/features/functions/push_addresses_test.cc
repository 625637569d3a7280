// Where work may be sent.
#include "features/functions/push_addresses.h"

#include <gtest/gtest.h>

namespace layer::features::functions {
namespace {

bool allowed(const std::vector<std::string>& words, const std::string& url) {
  const auto addresses = PushAddresses::parse(words);
  EXPECT_TRUE(addresses) << addresses.error().message;
  return addresses && addresses->find(url).has_value();
}

TEST(PushAddresses, loopback_is_literal_or_localhost) {
  for (const char* url : {"http://127.0.0.1:9000", "http://127.1.2.3/x", "http://[::1]:80",
                          "http://localhost", "https://LOCALHOST:8443/work"}) {
    EXPECT_TRUE(allowed({"loopback"}, url)) << url;
  }
  for (const char* url : {"http://127.1", "http://2130706433", "http://10.0.0.1", "http://worker",
                          "http://localhost.example.com", "http://[::ffff:10.0.0.1]"}) {
    EXPECT_FALSE(allowed({"loopback"}, url)) << url;
  }
}

TEST(PushAddresses, cluster_names_are_no_numbers) {
  for (const char* url :
       {"http://worker:8000", "http://w.ns.svc", "http://W.ns.svc.cluster.local"}) {
    EXPECT_TRUE(allowed({"cluster"}, url)) << url;
  }
  for (const char* url : {"http://2852039166", "http://0xa9fea9fe", "http://w.ns.pod",
                          "http://svc.example.com", "http://169.254.169.254", "http://[fd00::1]"}) {
    EXPECT_FALSE(allowed({"cluster"}, url)) << url;
  }
}

TEST(PushAddresses, hosts_are_named_one_by_one_or_by_their_end) {
  EXPECT_TRUE(allowed({"GPU.example.com"}, "https://gpu.example.com/run"));
  EXPECT_FALSE(allowed({"gpu.example.com"}, "https://a.gpu.example.com"));
  EXPECT_TRUE(allowed({"*.example.com"}, "https://a.b.example.com"));
  EXPECT_FALSE(allowed({"*.example.com"}, "https://example.com"));
  EXPECT_FALSE(allowed({"*.example.com"}, "https://notexample.com"));
  EXPECT_TRUE(allowed({"10.0.0.7"}, "http://10.0.0.7:8000"));
  EXPECT_TRUE(allowed({"cluster,loopback"}, "http://127.0.0.1"));
  EXPECT_FALSE(allowed({}, "http://127.0.0.1"));
}

TEST(PushAddresses, what_is_refused_says_where_it_would_be_allowed) {
  const auto addresses = PushAddresses::parse({"loopback"});
  const auto refused = addresses->find("http://10.0.0.1:1/x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kValidation);
  EXPECT_NE(refused.error().message.find("--push-allow"), std::string::npos);
  EXPECT_FALSE(addresses->find("ftp://127.0.0.1"));
  EXPECT_FALSE(addresses->find("http://user@127.0.0.1"));
}

TEST(PushAddresses, a_word_that_means_nothing_is_a_mistake) {
  for (const char* word : {"", "*", "*.", "http://x", "a b", "*.*.com"}) {
    EXPECT_FALSE(PushAddresses::parse({word})) << word;
  }
}

}  // namespace
}  // namespace layer::features::functions
