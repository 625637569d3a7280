// A server that does what good ones do not.
#include "objects/s3/s3_store.h"

#include <gtest/gtest.h>

#include "async/deadline.h"
#include "objects/probe.h"
#include "objects/s3/signature.h"
#include "objects/s3/test_peer_bucket.h"

namespace layer::objects::s3 {
namespace {

constexpr std::string_view kEtag = "etag: \"e1\"\r\n";

template <class T>
ErrorCode code(const Result<T>& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

TEST(S3Store, SignsWhatItSends) {
  ScriptedBucket bucket;
  bucket.server.then(reply(200, "", kEtag));
  ASSERT_EQ(bucket.put("bytes"), "e1");
  const SeenRequest request = bucket.server.seen().at(0);
  EXPECT_EQ(request.line(), "PUT /bucket/k");
  EXPECT_EQ(request.body, "bytes");
  EXPECT_EQ(request.header("x-amz-content-sha256"), sha256_hex("bytes"));
  EXPECT_EQ(request.header("x-amz-date"), "20130524T000000Z");
  EXPECT_TRUE(request.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=id/2013"));
  EXPECT_EQ(request.head.find("very secret"), std::string::npos);
}

TEST(S3Store, TriesThreeTimes) {
  ScriptedBucket bucket;
  bucket.server.then(fault(503, "SlowDown"));
  bucket.server.then(std::string(kHangUp));
  bucket.server.then(reply(200, "found", kEtag));
  const auto object = bucket.get();
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ(object->bytes, "found");
  EXPECT_EQ(bucket.server.seen().size(), 3U);
}

TEST(S3Store, GivesUpAfterThreeTries) {
  for (const std::string& answer :
       {fault(503, "SlowDown"), fault(500, "InternalError"), fault(429, "TooManyRequests"),
        fault(400, "RequestTimeout"), std::string(kHangUp)}) {
    ScriptedBucket bucket;
    bucket.server.then(answer);
    EXPECT_EQ(code(bucket.get()), ErrorCode::kUnavailable) << answer;
    EXPECT_EQ(bucket.server.seen().size(), 3U) << answer;
  }
}

TEST(S3Store, SaysWhenNobodyIsThere) {
  ScriptedBucket bucket([](S3Options& options) { options.endpoint = "http://127.0.0.1:1"; });
  EXPECT_EQ(code(bucket.get()), ErrorCode::kUnavailable);
}

TEST(S3Store, ASlowServerIsGivenUpInTime) {
  ScriptedBucket bucket([](S3Options& options) {
    options.limits.try_time_max = std::chrono::milliseconds(50);
    options.limits.tries_max = 2;
  });
  bucket.server.then_ask([](const SeenRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    return reply(200, "late", kEtag);
  });
  EXPECT_EQ(code(bucket.get()), ErrorCode::kUnavailable);
}

TEST(S3Store, ABodyThatIsCutIsAskedForAgain) {
  ScriptedBucket bucket;
  bucket.server.then("HTTP/1.1 200 OK\r\netag: \"e1\"\r\ncontent-length: 10\r\n\r\nhalf");
  bucket.server.then(reply(200, "the whole", kEtag));
  const auto object = bucket.get();
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ(object->bytes, "the whole");
}

TEST(S3Store, NothingIsReadBeyondTheLargestObject) {
  ScriptedBucket bucket;
  bucket.server.then(fmt::format("HTTP/1.1 200 OK\r\netag: \"e1\"\r\ncontent-length: {}\r\n\r\nx",
                                 kObjectBytesMax + 1));
  EXPECT_EQ(code(bucket.get()), ErrorCode::kPayloadTooLarge);
  EXPECT_EQ(bucket.server.seen().size(), 1U);
}

TEST(S3Store, WhatIsNoAnswerIsAnError) {
  for (const std::string& answer :
       {std::string("nonsense\r\n\r\n"), reply(200, "without an etag"), fault(403, "AccessDenied"),
        fault(404, "NoSuchBucket"), reply(204), fault(501, "NotImplemented")}) {
    ScriptedBucket bucket;
    bucket.server.then(answer);
    EXPECT_EQ(code(bucket.get()), ErrorCode::kIo) << answer;
    EXPECT_EQ(bucket.server.seen().size(), 1U) << answer;
  }
}

TEST(S3Store, SaysWhereTheBucketIs) {
  for (const std::string& answer :
       {fault(301, "PermanentRedirect", "x-amz-bucket-region: eu-west-1\r\n"),
        reply(400,
              "<Error><Code>AuthorizationHeaderMalformed</Code>"
              "<Region>eu-west-1</Region></Error>")}) {
    ScriptedBucket bucket;
    bucket.server.then(answer);
    const auto object = bucket.get();
    ASSERT_EQ(code(object), ErrorCode::kIo);
    EXPECT_EQ(object.error().fields,
              (std::vector<core::ErrorField>{{.name = "reason", .value = "region"},
                                             {.name = "region", .value = "eu-west-1"}}));
    EXPECT_EQ(bucket.server.seen().size(), 1U) << "a redirect is not followed";
  }
}

TEST(S3Store, PutsTheClockRightOnce) {
  ScriptedBucket bucket;
  const std::string_view date = "date: Fri, 24 May 2013 01:00:00 GMT\r\n";
  bucket.server.then(fault(403, "RequestTimeTooSkewed", date));
  bucket.server.then(reply(200, "x", kEtag));
  bucket.server.then(fault(403, "RequestTimeTooSkewed", date));
  ASSERT_TRUE(bucket.get());
  const auto seen = bucket.server.seen();
  EXPECT_EQ(seen.at(0).header("x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(seen.at(1).header("x-amz-date"), "20130524T010000Z");
  EXPECT_EQ(code(bucket.get()), ErrorCode::kIo);
  EXPECT_EQ(bucket.server.seen().size(), 4U);
}

TEST(S3Store, AWinnerWhoseAnswerWasLostIsStillTheWinner) {
  ScriptedBucket bucket;
  std::string mark;
  bucket.server.then_ask([&](const SeenRequest& request) {
    mark = request.header("x-amz-meta-layer-put");
    return std::string(kHangUp);
  });
  bucket.server.then(fault(412, "PreconditionFailed"));
  bucket.server.then_ask([&](const SeenRequest&) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\netag: \"e1\"\r\nx-amz-meta-layer-put: {}\r\ncontent-length: 1\r\n\r\n",
        mark);
  });
  EXPECT_EQ(bucket.put("x", Condition::absent()), "e1");
  EXPECT_EQ(bucket.server.seen().back().line(), "HEAD /bucket/k");
}

TEST(S3Store, ALoserWhoseFirstAnswerWasLostIsALoser) {
  ScriptedBucket bucket;
  bucket.server.then(std::string(kHangUp));
  bucket.server.then(fault(412, "PreconditionFailed"));
  bucket.server.then(
      "HTTP/1.1 200 OK\r\netag: \"e\"\r\nx-amz-meta-layer-put: other\r\n"
      "content-length: 1\r\n\r\n");
  EXPECT_EQ(code(bucket.put("x", Condition::absent())), ErrorCode::kConflict);
}

TEST(S3Store, AsksAgainWhenConditionalPutsGotInEachOthersWay) {
  ScriptedBucket bucket;
  bucket.server.then(fault(409, "ConditionalRequestConflict"));
  bucket.server.then(fault(412, "PreconditionFailed"));
  EXPECT_EQ(code(bucket.put("x", Condition::absent())), ErrorCode::kConflict);
}

TEST(S3Store, LearnsHowTheServerReadsAnEtag) {
  ScriptedBucket bucket;
  bucket.server.then(fault(412, "PreconditionFailed"));
  bucket.server.then("HTTP/1.1 200 OK\r\netag: \"e1\"\r\ncontent-length: 1\r\n\r\n");
  bucket.server.then(reply(200, "", "etag: \"e2\"\r\n"), 2);
  EXPECT_EQ(bucket.put("x", Condition::match("e1")), "e2");
  EXPECT_EQ(bucket.put("y", Condition::match("e2")), "e2");
  const auto seen = bucket.server.seen();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen.at(0).header("if-match"), "\"e1\"");
  EXPECT_EQ(seen.at(2).header("if-match"), "e1");
  EXPECT_EQ(seen.at(3).header("if-match"), "e2") << "once learnt, it is known";
}

TEST(S3Store, AnObjectThatIsGoneBreaksAMatch) {
  ScriptedBucket bucket;
  bucket.server.then(fault(404, "NoSuchKey"));
  EXPECT_EQ(code(bucket.put("x", Condition::match("e1"))), ErrorCode::kConflict);
}

TEST(S3Store, AnUploadInPartsThatFailsIsAborted) {
  ScriptedBucket bucket([](S3Options& options) {
    options.limits.multipart_bytes_min = 10;
    options.limits.part_bytes = 6;
  });
  bucket.server.then(reply(200, "<R><UploadId>u/1</UploadId></R>"));
  bucket.server.then(reply(200, "", kEtag));
  bucket.server.then(fault(403, "AccessDenied"));
  bucket.server.then(reply(204));
  EXPECT_EQ(code(bucket.put("0123456789")), ErrorCode::kIo);
  const auto seen = bucket.server.seen();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen.at(0).line(), "POST /bucket/k?uploads=");
  EXPECT_EQ(seen.at(1).line(), "PUT /bucket/k?partNumber=1&uploadId=u%2F1");
  EXPECT_EQ(seen.at(2).body, "6789");
  EXPECT_EQ(seen.at(3).line(), "DELETE /bucket/k?uploadId=u%2F1");
}

TEST(S3Store, ACompletionThatFailsWithStatus200IsNoSuccess) {
  ScriptedBucket bucket([](S3Options& options) { options.limits.multipart_bytes_min = 1; });
  bucket.server.then(reply(200, "<R><UploadId>u</UploadId></R>"));
  bucket.server.then(reply(200, "", kEtag));
  bucket.server.then(fault(200, "InternalError"));
  bucket.server.then(reply(204));
  EXPECT_EQ(code(bucket.put("0123456789")), ErrorCode::kUnavailable);
  EXPECT_EQ(bucket.server.seen().back().line(), "DELETE /bucket/k?uploadId=u");
}

TEST(S3Store, AServerWithoutConditionsIsFoundOut) {
  ScriptedBucket bucket;
  bucket.server.then(reply(200, "", kEtag));
  const auto probed = bucket.run([&] { return probe(*bucket.store); });
  ASSERT_EQ(code(probed), ErrorCode::kIo);
  EXPECT_NE(probed.error().message.find("If-None-Match"), std::string::npos);
}

std::string page(std::string_view keys, std::string_view next) {
  std::string body = "<ListBucketResult><EncodingType>url</EncodingType>";
  for (const char key : keys) {
    body += fmt::format("<Contents><Key>{}</Key><Size>1</Size></Contents>", key);
  }
  if (!next.empty()) {
    body += fmt::format(
        "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>", next);
  }
  return reply(200, body + "</ListBucketResult>");
}

TEST(S3Store, ListsOnUntilTheLimitOrTheEnd) {
  ScriptedBucket bucket;
  bucket.server.then(page("ab", "t 1"));
  bucket.server.then(page("", "t2"));
  bucket.server.then(page("c", ""));
  const auto listing = bucket.run([&] { return bucket.store->list("", "", 5); });
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_EQ(listing->objects.size(), 3U);
  EXPECT_FALSE(listing->more);
  const auto seen = bucket.server.seen();
  EXPECT_EQ(seen.at(0).line(), "GET /bucket?encoding-type=url&list-type=2&max-keys=5&prefix=");
  EXPECT_EQ(seen.at(1).line(),
            "GET /bucket?continuation-token=t%201&encoding-type=url&list-type=2&max-keys=3"
            "&prefix=");
}

TEST(S3Store, AListingThatGoesNowhereIsAnError) {
  for (const auto& pages : std::vector<std::vector<std::string>>{
           {page("ab", "t"), page("a", "")},  // backwards
           {page("a", "t"), page("b", "t")},  // the same page for ever
           {page("abcdef", "")},              // more than was asked for
           {reply(200, "<html/>")}}) {
    ScriptedBucket bucket;
    for (const std::string& each : pages) {
      bucket.server.then(each);
    }
    EXPECT_EQ(code(bucket.run([&] { return bucket.store->list("", "", 5); })), ErrorCode::kIo);
  }
}

TEST(S3Store, ACallerThatLeavesIsNotWaitedFor) {
  ScriptedBucket bucket;
  bucket.server.then_ask([](const SeenRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return std::string(kHangUp);
  });
  const auto result = bucket.run([&] {
    return async::with_deadline(async::SteadyClock::now() + std::chrono::milliseconds(30),
                                bucket.store->get("k"));
  });
  EXPECT_EQ(code(result), ErrorCode::kTimeout);
}

}  // namespace
}  // namespace layer::objects::s3
