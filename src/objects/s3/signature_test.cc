// Against the examples that Amazon publishes: "Examples: Signature Calculations" of the S3 API
// reference, and get-vanilla of the Signature Version 4 test suite.
#include "objects/s3/signature.h"

#include <gtest/gtest.h>

#include "objects/s3/bucket.h"
#include "objects/s3/encoding.h"
#include "objects/s3/time_text.h"

namespace layer::objects::s3 {
namespace {

const Credentials kExample{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                           .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
constexpr std::string_view kDate = "20130524T000000Z";
const std::string kEmpty = sha256_hex("");

std::string signature(SignedRequest request) {
  request.headers.emplace_back("host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
  request.headers.emplace_back("x-amz-date", kDate);
  const std::string header =
      authorization(request, {.region = "us-east-1", .service = "s3", .amz_date = kDate}, kExample);
  return header.substr(header.find("Signature=") + 10);
}

TEST(Signature, OfAGetWithARange) {
  EXPECT_EQ(signature({.method = "GET",
                       .path = "/test.txt",
                       .query = "",
                       .headers = {{"range", "bytes=0-9"}},
                       .payload_hash = kEmpty}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Signature, OfAPut) {
  const std::string hash = sha256_hex("Welcome to Amazon S3.");
  EXPECT_EQ(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  const std::string path = '/' + encode_path("test$file.text");
  EXPECT_EQ(signature({.method = "PUT",
                       .path = path,
                       .query = "",
                       .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                       .payload_hash = hash}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Signature, OfQueries) {
  const std::string lifecycle = encode_query({{"lifecycle", ""}});
  EXPECT_EQ(signature({.method = "GET",
                       .path = "/",
                       .query = lifecycle,
                       .headers = {},
                       .payload_hash = kEmpty}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  const std::string list = encode_query({{"prefix", "J"}, {"max-keys", "2"}});
  EXPECT_EQ(list, "max-keys=2&prefix=J");
  EXPECT_EQ(
      signature(
          {.method = "GET", .path = "/", .query = list, .headers = {}, .payload_hash = kEmpty}),
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Signature, OfAnotherService) {
  const SignedRequest vanilla{
      .method = "GET",
      .path = "/",
      .query = "",
      .headers = {{"x-amz-date", "20150830T123600Z"}, {"host", "example.amazonaws.com"}},
      .payload_hash = kEmpty};
  EXPECT_EQ(
      authorization(vanilla,
                    {.region = "us-east-1", .service = "service", .amz_date = "20150830T123600Z"},
                    {.access_key_id = "AKIDEXAMPLE",
                     .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}),
      "AWS4-HMAC-SHA256 "
      "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
      "SignedHeaders=host;x-amz-date,"
      "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(CanonicalRequest, SortsAndTrimsHeaders) {
  EXPECT_EQ(canonical_request({.method = "GET",
                               .path = "/a%20b",
                               .query = "x=",
                               .headers = {{"z", " last "}, {"a", "first"}},
                               .payload_hash = "hash"}),
            "GET\n/a%20b\nx=\na:first\nz:last\n\na;z\nhash");
}

TEST(Encoding, EscapesEverythingThatIsNotUnreserved) {
  EXPECT_EQ(encode_path("a/b c/\xc3\xa9+~%&="), "a/b%20c/%C3%A9%2B~%25%26%3D");
  EXPECT_EQ(encode_query({{"b", "/"}, {"a-b", "1"}, {"a", "2"}}), "a=2&a-b=1&b=%2F");
  EXPECT_EQ(decode_listed("a%2Bb+c%2f%C3%A9"), "a+b c/\xc3\xa9");
  EXPECT_EQ(decode_listed("a%2"), std::nullopt);
  EXPECT_EQ(decode_listed("a%zz"), std::nullopt);
}

TEST(TimeText, IsReadAndWrittenInItsThreeSpellings) {
  EXPECT_EQ(amz_date(1'369'353'600'000), "20130524T000000Z");
  EXPECT_EQ(parse_iso_time("2013-05-24T00:00:00Z"), 1'369'353'600'000);
  EXPECT_EQ(parse_iso_time("2013-05-24T00:00:00.123Z"), 1'369'353'600'000);
  EXPECT_EQ(parse_http_date("Fri, 24 May 2013 00:00:00 GMT"), 1'369'353'600'000);
  for (const std::string_view wrong :
       {"", "2013", "2013-13-24T00:00:00Z", "2013-05-24T00:00:00", "2013-02-30T00:00:00Z",
        "2013-05-24T25:00:00Z", "-013-05-24T00:00:00Z"}) {
    EXPECT_EQ(parse_iso_time(wrong), std::nullopt) << wrong;
  }
  for (const std::string_view wrong :
       {"", "Fri", "Fri, 24 Mai 2013 00:00:00 GMT", "Fri, 24 May 2013 00:00:00"}) {
    EXPECT_EQ(parse_http_date(wrong), std::nullopt) << wrong;
  }
}

S3Options bucket_options(std::string bucket, std::string endpoint = "") {
  S3Options options;
  options.bucket = std::move(bucket);
  options.region = "eu-west-1";
  options.endpoint = std::move(endpoint);
  return options;
}

TEST(Bucket, StandsBeforeTheHostOrInThePath) {
  const auto place = [](const S3Options& options) {
    const auto bucket = Bucket::make(options);
    if (!bucket) {
      return std::string(core::info(bucket.error().code).name);
    }
    const auto request = bucket->request({.key = "a b"}, kExample, 0);
    return bucket->origin().authority() + request.target;
  };
  EXPECT_EQ(place(bucket_options("mine")), "mine.s3.eu-west-1.amazonaws.com/a%20b");
  EXPECT_EQ(place(bucket_options("my.own")), "s3.eu-west-1.amazonaws.com/my.own/a%20b");
  EXPECT_EQ(place(bucket_options("mine", "http://127.0.0.1:9000")), "127.0.0.1:9000/mine/a%20b");
  EXPECT_EQ(place(bucket_options("mine", "https://host/base/")), "host/base/mine/a%20b");
  S3Options hosted = bucket_options("mine", "https://host");
  hosted.path_style = false;
  EXPECT_EQ(place(hosted), "mine.host/a%20b");
  const std::string refused(core::info(ErrorCode::kInvalidArgument).name);
  for (const std::string name : {"", "ab", "a/b", "a b", "a?b"}) {
    EXPECT_EQ(place(bucket_options(name)), refused) << name;
  }
  EXPECT_EQ(place(bucket_options("mine", "ftp://host")), refused);
  EXPECT_EQ(place(bucket_options("mine", "host:9000")), refused);
}

}  // namespace
}  // namespace layer::objects::s3
