#include "gateway/forward_headers.h"

#include <gtest/gtest.h>

namespace layer::gateway {
namespace {

http::Headers forwarded(http::Headers sent, bool decoded = false) {
  http::Request request;
  request.method = "POST";
  request.target = "/v2/namespaces/n/query";
  request.headers = std::move(sent);
  const Exchange exchange(request, match_route(request.method, request.target));
  return forward_headers(exchange, decoded);
}

// Names are told apart by their length first, so every length of a header of the layer's is tried.
TEST(ForwardHeaders, NothingOfTheLayersOwnReachesTheStore) {
  std::string name = "x-layer-";
  std::string other = "X-HevLayer-";
  for (int more = 0; more < 16; ++more) {
    name += 'a';
    other += 'b';
    const auto sent = forwarded({{name, "1"}, {other, "2"}, {"x-layers", "kept"}});
    EXPECT_FALSE(sent.has(name)) << name;
    EXPECT_FALSE(sent.has(other)) << other;
    EXPECT_EQ(sent.find("x-layers"), "kept");
  }
}

TEST(ForwardHeaders, HopByHopFieldsAndThoseTheConnectionNamesStopHere) {
  const auto sent = forwarded({{"Connection", "keep-alive, X-Mine"},
                               {"X-Mine", "1"},
                               {"Keep-Alive", "timeout=5"},
                               {"TE", "trailers"},
                               {"Upgrade", "h2c"},
                               {"Cookie", "a=1"}});
  EXPECT_FALSE(sent.has("connection") || sent.has("x-mine") || sent.has("keep-alive") ||
               sent.has("te") || sent.has("upgrade"));
  EXPECT_EQ(sent.find("cookie"), "a=1");
}

TEST(ForwardHeaders, TheStoreIsAskedForGzipAndIdentityOnly) {
  EXPECT_EQ(forwarded({{"accept-encoding", "br, gzip;q=0.5, zstd"}}).find("accept-encoding"),
            "gzip;q=0.5");
  EXPECT_EQ(forwarded({{"accept-encoding", "br"}}).find("accept-encoding"), "identity");
  EXPECT_EQ(forwarded({}).find("accept-encoding"), "identity");
}

TEST(ForwardHeaders, ADecodedBodyIsNotCalledEncoded) {
  EXPECT_TRUE(forwarded({{"content-encoding", "gzip"}}).has("content-encoding"));
  EXPECT_FALSE(forwarded({{"content-encoding", "gzip"}}, true).has("content-encoding"));
}

}  // namespace
}  // namespace layer::gateway
