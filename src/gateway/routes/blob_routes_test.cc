// Blobs as callers meet them.
#include "gateway/routes/blob_routes.h"

#include <gtest/gtest.h>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "features/blobs/blob_hash.h"
#include "gateway/routes/byte_range.h"
#include "objects/memory_store.h"

namespace layer::gateway {
namespace {

const std::string kPng = std::string("\x89PNG\r\n\x1A\n", 8) + "and so on, for a while";

class BlobRoutesTest : public ::testing::Test {
 protected:
  BlobRoutesTest() { routes.serve(handlers); }

  struct Got {
    int status = 0;
    std::string body{};
    http::Headers headers{};
    std::string cache{};
    Error error{};
    std::string header(std::string_view name) const {
      return std::string(headers.find(name).value_or(""));
    }
  };
  Got ask(std::string method, std::string target, std::string body = "", http::Headers headers = {},
          CallerKind kind = CallerKind::kOpen) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Got> {
      http::StringBody bytes(body);
      http::Request request{.method = method,
                            .target = target,
                            .headers = headers,
                            .peer = "127.0.0.1",
                            .body = &bytes};
      Exchange exchange(request, match_route(request.method, request.path()));
      exchange.caller.emplace(
          std::make_shared<const Identity>(Identity{.name = "who", .kind = kind}), Digest{});
      auto answer = co_await handlers.find(exchange.route().id)->handle(exchange);
      if (!answer) {
        co_return Got{.error = answer.error()};
      }
      Got got{.status = answer->status, .body = answer->body, .headers = answer->headers};
      got.cache = exchange.answer_headers.find("x-layer-cache").value_or("");
      if (answer->stream) {
        got.body = *co_await http::read_all(*answer->stream, std::uint64_t{1} << 30);
      }
      co_return got;
    });
  }
  std::string put(const std::string& bytes) {
    const Got got = ask("PUT", "/v1/namespaces/docs/blobs", bytes);
    EXPECT_EQ(got.status, 200) << got.error.message;
    return "/v1/namespaces/docs/blobs/" + features::blobs::BlobHash::of(bytes);
  }

  async::Loops loops{1};
  async::CpuPool pool{{.name = "codec"}};
  core::ManualClock clock;
  core::Metrics metrics;
  objects::MemoryStore objects{clock};
  BlobRoutes routes{{.objects = &objects, .cache = nullptr, .pool = pool, .metrics = metrics}};
  RouteHandlers handlers;
};

TEST_F(BlobRoutesTest, WhatIsPutIsNamedByItsHash) {
  const std::string hash = features::blobs::BlobHash::of(kPng);
  const Got got = ask("PUT", "/v1/namespaces/docs/blobs?warm=true", kPng);
  EXPECT_EQ(got.body, R"({"ref":"blob://docs/)" + hash + R"(","sha256":")" + hash + R"(","size":)" +
                          std::to_string(kPng.size()) + "}");
}

TEST_F(BlobRoutesTest, IsReadWithWhatABrowserNeeds) {
  const std::string target = put(kPng);
  const Got got = ask("GET", target);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, kPng);
  EXPECT_EQ(got.header("content-type"), "image/png");
  EXPECT_EQ(got.header("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(got.header("etag"), '"' + target.substr(target.rfind('/') + 1) + '"');
  EXPECT_EQ(got.header("accept-ranges"), "bytes");
  EXPECT_EQ(got.cache, "bypass");
  const Got keyed = ask("GET", target, "", {}, CallerKind::kStaticKey);
  EXPECT_EQ(keyed.header("cache-control"), "private, max-age=31536000, immutable");
}

TEST_F(BlobRoutesTest, HeadTellsSizeAndKind) {
  const Got got = ask("HEAD", put(kPng));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "");
  EXPECT_EQ(got.header("content-type"), "image/png");
  EXPECT_EQ(got.header("content-length"), std::to_string(kPng.size()));
}

TEST_F(BlobRoutesTest, WhoHasItAlreadyGetsNoBytes) {
  const std::string target = put(kPng);
  const std::string etag = '"' + target.substr(target.rfind('/') + 1) + '"';
  for (const std::string& tag : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const Got got = ask("GET", target, "", {{"if-none-match", tag}});
    EXPECT_EQ(got.status, 304) << tag;
    EXPECT_EQ(got.body, "");
    EXPECT_EQ(got.header("etag"), etag);
  }
  EXPECT_EQ(ask("GET", target, "", {{"if-none-match", "\"x\""}}).status, 200);
  EXPECT_EQ(
      ask("GET", "/v1/namespaces/docs/blobs/" + std::string(64, '0'), "", {{"if-none-match", "*"}})
          .error.code,
      ErrorCode::kNotFound);
}

TEST_F(BlobRoutesTest, PartsAreServed) {
  const std::string target = put("0123456789");
  const Got got = ask("GET", target, "", {{"range", "bytes=2-4"}});
  EXPECT_EQ(got.status, 206);
  EXPECT_EQ(got.body, "234");
  EXPECT_EQ(got.header("content-range"), "bytes 2-4/10");
  EXPECT_EQ(ask("GET", target, "", {{"range", "bytes=-3"}}).body, "789");
  EXPECT_EQ(ask("GET", target, "", {{"range", "bytes=7-"}}).body, "789");
  EXPECT_EQ(ask("GET", target, "", {{"range", "bytes=0-1,3-4"}}).status, 200);
  const Got beyond = ask("GET", target, "", {{"range", "bytes=10-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), "bytes */10");
  EXPECT_EQ(ask("GET", target, "", {{"range", "bytes=2-4"}, {"if-range", "\"x\""}}).status, 200);
  EXPECT_EQ(ask("HEAD", target, "", {{"range", "bytes=2-4"}}).header("content-length"), "3");
}

TEST(ByteRange, IsReadAsTheStandardSays) {
  const auto range = [](std::string_view header) {
    const auto found = read_range(header, 10);
    return found ? std::to_string(found->offset) + '+' + std::to_string(found->length) : "whole";
  };
  EXPECT_EQ(range(""), "whole");
  EXPECT_EQ(range("bytes=0-0"), "0+1");
  EXPECT_EQ(range("bytes=5-99"), "5+5");
  EXPECT_EQ(range("bytes=-99"), "0+10");
  EXPECT_EQ(range("bytes=-0"), "10+0");
  EXPECT_EQ(range("bytes=11-"), "0+0");
  for (const std::string_view text : {"bytes=", "bytes=-", "bytes=5-4", "bytes=x-1", "bytes=1-x",
                                      "lines=0-1", "bytes=1", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(range(text), "whole") << text;
  }
}

TEST_F(BlobRoutesTest, RefusesWhatIsNoBlob) {
  EXPECT_EQ(ask("PUT", "/v1/namespaces/docs/blobs", "").error.code, ErrorCode::kValidation);
  EXPECT_EQ(ask("PUT", "/v1/namespaces/docs/blobs?warm=1", "x").error.code, ErrorCode::kValidation);
  EXPECT_EQ(
      ask("PUT", "/v1/namespaces/docs/blobs", std::string(features::blobs::kBlobBytesMax + 1, 'x'))
          .error.code,
      ErrorCode::kPayloadTooLarge);
  for (const std::string& name :
       {std::string("x"), std::string(63, '0'), std::string(64, 'A'), std::string(64, '/')}) {
    const std::string target = "/v1/namespaces/docs/blobs/" + name;
    if (name.front() != '/') {
      EXPECT_EQ(ask("GET", target).error.code, ErrorCode::kValidation) << name;
    }
  }
  EXPECT_EQ(ask("GET", "/v1/namespaces/docs/blobs/" + std::string(64, '0')).error.code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace layer::gateway
