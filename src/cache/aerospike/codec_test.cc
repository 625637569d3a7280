#include <gtest/gtest.h>

#include "cache/aerospike/big_endian.h"
#include "cache/aerospike/digest.h"
#include "cache/aerospike/frame.h"
#include "cache/aerospike/info.h"
#include "cache/aerospike/login.h"
#include "cache/aerospike/message.h"
#include "cache/aerospike/options.h"
#include "cache/aerospike/partition_map.h"
#include "cache/aerospike/record.h"
#include "core/random.h"

namespace layer::cache::aerospike {
namespace {

using std::chrono::milliseconds;

TEST(Hosts, AreReadInEveryForm) {
  const auto seeds = parse_hosts("a.example:3100, 10.0.0.1,[::1]:4000");
  ASSERT_TRUE(seeds) << seeds.error().message;
  ASSERT_EQ(seeds->size(), 3U);
  EXPECT_EQ(seeds->at(0), (Seed{.host = "a.example", .port = 3100}));
  EXPECT_EQ(seeds->at(1), (Seed{.host = "10.0.0.1", .port = 3000}));
  EXPECT_EQ(seeds->at(2), (Seed{.host = "::1", .port = 4000}));
  const auto tls = parse_hosts("a:name.example:4333");
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->at(0), (Seed{.host = "a", .tls_name = "name.example", .port = 4333}));
}

TEST(Hosts, ThatMakeNoSenseAreRefused) {
  for (const char* text :
       {":3000", "a:0", "a:70000", "a:x", "a::3000", "[::1", "[::1]x", "a,,b", "a:name:1,b:2"}) {
    EXPECT_FALSE(parse_hosts(text)) << text;
  }
}

TEST(Frame, IsReadAsItIsPrinted) {
  const std::string bytes = print_frame(FrameType::kInfo, "body");
  EXPECT_EQ(bytes, std::string("\x02\x01\0\0\0\0\0\x04", 8) + "body");
  const auto head = parse_frame_head(bytes.substr(0, kFrameHeadBytes), 4);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->type, FrameType::kInfo);
  EXPECT_EQ(head->bytes, 4U);
}

TEST(Frame, OfAnotherProtocolOrTooLongIsRefused) {
  EXPECT_FALSE(parse_frame_head("HTTP/1.1", 1 << 20));
  EXPECT_FALSE(parse_frame_head(std::string("\x02\x09\0\0\0\0\0\x04", 8), 1 << 20));
  EXPECT_FALSE(parse_frame_head(std::string("\x02\x03\0\0\0\0\0\x05", 8), 4));
  EXPECT_FALSE(parse_frame_head("\x02\x03\xff\xff\xff\xff\xff\xff", 1 << 20));
}

// The two digests were computed by the vendor's own Python client.
TEST(Digest, IsThatOfOtherClients) {
  EXPECT_EQ(core::hex(view(digest_of("demo", "key", Particle::kString))),
            "3bd475bd0c73f210b67ea83793300eeae576285d");
  EXPECT_EQ(core::hex(view(digest_of("documents", "\x01\xffkey"))),
            "e3390dd9b012ebd849b24d814aa7ccb251f16082");
}

TEST(Digest, NamesAPartition) {
  EXPECT_EQ(partition_of(std::string("\x01\x00", 2) + std::string(18, 'x')), 1);
  EXPECT_EQ(partition_of(std::string("\x00\x01", 2) + std::string(18, 'x')), 256);
  EXPECT_EQ(partition_of(std::string("\xff\xff", 2) + std::string(18, 'x')), 4095);
}

TEST(Message, ThatEndsEarlyIsRefusedAtEveryByte) {
  Writer writer;
  writer.number(kMessageHeadBytes);
  writer.raw(std::string("\0\0\x01\0\x02", 5));
  writer.number(std::uint32_t{7});
  writer.number(std::uint32_t{0});
  writer.number(std::uint32_t{9});
  writer.number(std::uint16_t{1});
  writer.number(std::uint16_t{1});
  writer.number(std::uint32_t{21});
  writer.raw("\x04" + std::string(20, 'd'));
  writer.number(std::uint32_t{6});
  writer.raw(std::string("\x01\x04\0\x01n!", 6));
  const std::string whole = writer.take();
  Reader reader(whole);
  const auto message = parse_message(reader);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_TRUE(message->last());
  EXPECT_EQ(message->result, ResultCode::kNotFound);
  EXPECT_EQ(message->generation, 7U);
  EXPECT_EQ(message->batch_index, 9U);
  EXPECT_EQ(message->digest, std::string(20, 'd'));
  ASSERT_EQ(message->bins.size(), 1U);
  EXPECT_EQ(message->bins[0].name, "n");
  EXPECT_EQ(message->bins[0].value, "!");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Reader cut(std::string_view(whole).substr(0, i));
    EXPECT_FALSE(parse_message(cut)) << i;
  }
}

TEST(Message, CountsNothingThatIsNotThere) {
  std::string head("\x16\0\0\0\0\0", 6);
  head += std::string(12, '\0') + "\xff\xff\xff\xff";
  Reader reader(head);
  EXPECT_FALSE(parse_message(reader));
}

TEST(Versions, JoinTheNumberAndTheGeneration) {
  const std::uint64_t version = version_of(kNonceMax, 65'535);
  EXPECT_EQ(nonce_of(version), kNonceMax);
  EXPECT_EQ(generation_of(version), 65'535);
  EXPECT_EQ(version, ~std::uint64_t{0});
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t nonce = draw_nonce();
    EXPECT_GE(nonce, 1U);
    EXPECT_LE(nonce, kNonceMax);
  }
}

TEST(TimeToLive, IsWholeSecondsRoundedUp) {
  EXPECT_EQ(ttl_seconds(milliseconds(0)), 1U);
  EXPECT_EQ(ttl_seconds(milliseconds(1)), 1U);
  EXPECT_EQ(ttl_seconds(milliseconds(1000)), 1U);
  EXPECT_EQ(ttl_seconds(milliseconds(1001)), 2U);
  EXPECT_EQ(ttl_seconds(std::chrono::seconds(kTtlMax)), kTtlMax);
  EXPECT_EQ(ttl_seconds(std::chrono::seconds(kTtlMax) + milliseconds(1)), kTtlNever);
  EXPECT_EQ(ttl_seconds(kNoExpiry), kTtlNever);
}

TEST(Info, IsTakenApartByLines) {
  const InfoReply reply = parse_info("node\tBB9\npeers\t\nalone\n");
  EXPECT_EQ(reply.at("node"), "BB9");
  EXPECT_EQ(reply.at("peers"), "");
  EXPECT_EQ(reply.at("alone"), "");
  EXPECT_EQ(find_number("objects=12:expired=x:", ':', "objects"), 12U);
  EXPECT_EQ(find_number("objects=12:expired=x:", ':', "expired"), std::nullopt);
  EXPECT_EQ(find_value("a=1;b=;c", ';', "b"), "");
  EXPECT_EQ(find_value("a=1;b=;c", ';', "d"), std::nullopt);
}

TEST(Peers, AreReadWithTheirAddresses) {
  EXPECT_TRUE(parse_peers("0,3000,[]")->empty());
  const auto peers =
      parse_peers("7,3000,[[A2,,[127.0.0.1:3200]],[A3,tls.example,[[::1]:4000,host.example]]]");
  ASSERT_TRUE(peers) << peers.error().message;
  ASSERT_EQ(peers->size(), 2U);
  EXPECT_EQ(peers->at(0).id, "A2");
  EXPECT_EQ(peers->at(0).hosts, (std::vector<PeerHost>{{.host = "127.0.0.1", .port = 3200}}));
  EXPECT_EQ(peers->at(1).tls_name, "tls.example");
  EXPECT_EQ(peers->at(1).hosts, (std::vector<PeerHost>{{.host = "::1", .port = 4000},
                                                       {.host = "host.example", .port = 3000}}));
}

TEST(Peers, ThatCannotBeReadAreRefused) {
  for (const char* text : {"", "1", "1,3000", "1,x,[]", "1,3000,[", "1,3000,[[]]", "1,3000,[[A,,]]",
                           "1,3000,[[A,,[]]]", "1,3000,[[A,,[h:0]]]", "1,3000,[[A,,[h:x]]]",
                           "1,,[[A,,[h]]]", "1,3000,[[,,[h]]]", "1,3000,[[A,,[[::1]]"}) {
    EXPECT_FALSE(parse_peers(text)) << text;
  }
  std::string many = "1,3000,[";
  for (int i = 0; i < 2000; ++i) {
    many += "[A,,[h]],";
  }
  EXPECT_FALSE(parse_peers(many + "]")) << "a list without bound";
}

TEST(PartitionMap, SaysOfWhichANodeIsMaster) {
  // Partitions 0 and 11: 1000'0000 0001'0000 0000...
  const std::string map = "gBAA" + std::string(679, 'A') + "=";
  const auto owned = parse_replicas(
      "x:1,1," + std::string(684, '/') + ";ns:42,2," + map + "," + std::string(684, '/'), "ns");
  ASSERT_TRUE(owned) << owned.error().message;
  EXPECT_EQ(owned->regime, 42U);
  EXPECT_EQ(owned->masters.count(), 2U);
  EXPECT_TRUE(owned->masters[0]);
  EXPECT_TRUE(owned->masters[11]);
}

TEST(PartitionMap, ThatCannotBeReadIsRefused) {
  EXPECT_EQ(parse_replicas("", "ns").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(parse_replicas("nsx:1,1,AA", "ns").error().code, ErrorCode::kNotFound);
  for (const std::string& text :
       {std::string("ns:1,1"), std::string("ns:1,1,AAAA"), "ns:x,1," + std::string(684, 'A'),
        "ns:1,1," + std::string(683, '!') + "=", std::string("ns:")}) {
    const auto owned = parse_replicas(text, "ns");
    ASSERT_FALSE(owned) << text;
    EXPECT_EQ(owned.error().code, ErrorCode::kCorrupt);
  }
}

// A bcrypt hash under a known salt, as `htpasswd` and every other bcrypt would compute it.
TEST(Login, HashesThePasswordUnderTheSharedSalt) {
  const auto hash = hash_password("secret");
  ASSERT_TRUE(hash) << hash.error().message;
  EXPECT_EQ(*hash, "$2a$10$7EqJtq98hPqEX7fNZaFWoOu7NRZ0i7m5NbgPBEsHTCoJzZDEKQRb.");
}

TEST(Login, PrintsItsFields) {
  EXPECT_EQ(print_login("me", "hash"), std::string("\x02\x02\0\0\0\0\0\x20", 8) +
                                           std::string("\0\0\x14\x02", 4) + std::string(12, '\0') +
                                           std::string("\0\0\0\x03\0me", 7) +
                                           std::string("\0\0\0\x05\x03hash", 9));
  EXPECT_EQ(print_authenticate("me", "token")[10], '\0');
}

TEST(Login, ReadsTheSessionOfTheAnswer) {
  std::string body(16, '\0');
  body[3] = 2;
  body += std::string("\0\0\0\x06\x05token", 10) + std::string("\0\0\0\x05\x06\0\x01\x51\x80", 9);
  const auto reply = parse_login_reply(body);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->result, ResultCode::kOk);
  EXPECT_EQ(reply->session_token, "token");
  EXPECT_EQ(reply->session_ttl, std::chrono::seconds(86'400));
  body[1] = 65;
  EXPECT_EQ(parse_login_reply(body)->result, ResultCode::kBadCredential);
  for (std::size_t i = 0; i < body.size(); ++i) {
    EXPECT_FALSE(parse_login_reply(std::string_view(body).substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace layer::cache::aerospike
