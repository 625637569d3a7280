// Exchanges with a real server, recorded in tests/golden/aerospike: the requests are printed as
// they were then, the answers mean what they meant, and the server of the other tests answers the
// same. To record them again, with one node of a fresh cluster on loopback:
//   LAYER_TEST_AEROSPIKE_RECORD=port cache_aerospike_test --gtest_filter='Golden.*'
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "cache/aerospike/commands.h"
#include "cache/aerospike/frame.h"
#include "cache/aerospike/info.h"
#include "cache/aerospike/partition_map.h"
#include "cache/aerospike/record.h"
#include "cache/aerospike/test_records.h"
#include "http/test_socket.h"
#include "testing/source_dir.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::string_view kSet = "golden";
const Place kPlace{.ns = "hevlayer", .set = kSet, .time_max = std::chrono::seconds(1)};

// What of an answer has a meaning here.
struct Meaning {
  ResultCode result = ResultCode::kOk;
  std::uint32_t generation = 0;
  std::uint32_t index = 0;
  std::string key{};
  std::string body{};  // the bin; "(none)"

  bool operator==(const Meaning&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Meaning& m) {
  return out << "{result " << static_cast<int>(m.result) << ", generation " << m.generation
             << ", index " << m.index << ", key '" << m.key << "', body '" << m.body << "'}";
}

struct Exchange {
  std::string name;
  std::string request;
  std::vector<Meaning> means;
  bool many = false;  // ends with a message that says so
};

Bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class Script {
 public:
  Script() {
    put("put absent", "a", "one", 0x1111, Condition::absent(), {.generation = 1});
    put("put absent again", "a", "x", 0x1112, Condition::absent(), {.result = ResultCode::kExists});
    read("read", "a", {.generation = 1, .body = "one"});
    read("read nothing", "nothing", {.result = ResultCode::kNotFound});
    put("put over version", "a", "two", 0x2222, Condition::matches(version_of(0x1111, 1)),
        {.generation = 2});
    put("put over old generation", "a", "x", 0x3333, Condition::matches(version_of(0x2222, 1)),
        {.result = ResultCode::kGeneration});
    put("put over other record", "a", "x", 0x3333, Condition::matches(version_of(0x4444, 2)),
        {.result = ResultCode::kFilteredOut});
    put("put over nothing", "nothing", "x", 0x3333, Condition::matches(version_of(0x4444, 2)),
        {.result = ResultCode::kNotFound});
    put("put empty bin", "empty", "", 0x5555, {}, {.generation = 1});
    read("read empty bin", "empty", {.generation = 1});
    batches();
    scans();
    touch_and_remove();
  }
  const std::vector<Exchange>& exchanges() const { return exchanges_; }

 private:
  Bins& bins(const std::string& body) {
    bins_.push_back(std::make_unique<Bins>(Bins{bytes("head"), bytes(body)}));
    return *bins_.back();
  }
  WriteCommand put_of(const std::string& key, const std::string& body, std::uint64_t nonce,
                      Condition condition) {
    keys_.push_back(std::make_unique<std::string>(key));
    return {.kind = WriteKind::kPut,
            .digest = digest_of(kSet, key),
            .key = *keys_.back(),
            .bins = &bins(body),
            .nonce = nonce,
            .condition = condition,
            .ttl = 3600};
  }
  static Meaning of(Meaning meaning) {
    if (meaning.body.empty() && meaning.result != ResultCode::kOk) {
      meaning.body = "(none)";
    }
    return meaning;
  }
  void add(std::string name, std::string request, std::vector<Meaning> means, bool many = false) {
    for (Meaning& meaning : means) {
      meaning = of(std::move(meaning));
    }
    exchanges_.push_back({std::move(name), std::move(request), std::move(means), many});
  }
  void put(std::string name, const std::string& key, const std::string& body, std::uint64_t nonce,
           Condition condition, Meaning meaning) {
    meaning.body = "(none)";
    add(std::move(name), print_write(kPlace, put_of(key, body, nonce, condition)), {meaning});
  }
  void read(std::string name, const std::string& key, Meaning meaning) {
    add(std::move(name), print_read(kPlace, {.digest = digest_of(kSet, key)}, BinSet::all()),
        {std::move(meaning)});
  }
  void batches() {
    const std::vector<WriteCommand> writes{
        put_of("b", "bee", 0x6666, Condition::absent()),
        put_of("a", "x", 0x7777, Condition::absent()),
        put_of("a", "three", 0x8888, Condition::matches(version_of(0x2222, 2))),
        put_of("c", "sea", 0x9999, {})};
    add("batch write", print_batch_write(kPlace, writes),
        {{.generation = 1, .index = 0, .body = "(none)"},
         {.result = ResultCode::kExists, .index = 1},
         {.generation = 3, .index = 2, .body = "(none)"},
         {.generation = 1, .index = 3, .body = "(none)"}},
        true);
    const std::vector<ReadCommand> reads{{.digest = digest_of(kSet, "c")},
                                         {.digest = digest_of(kSet, "nothing")},
                                         {.digest = digest_of(kSet, "a")}};
    add("batch read", print_batch_read(kPlace, reads, BinSet{}.with(Bin::kBody)),
        {{.generation = 1, .index = 0, .body = "sea"},
         {.result = ResultCode::kNotFound, .index = 1},
         {.generation = 3, .index = 2, .body = "three"}},
        true);
  }
  void scans() {
    std::vector<std::uint16_t> all(kPartitions);
    std::iota(all.begin(), all.end(), std::uint16_t{0});
    const ScanCommand scan{.partitions = all, .records_max = 100, .task_id = 1};
    add("scan", print_scan(kPlace, scan, BinSet{}.with(Bin::kBody)),
        {{.generation = 3, .key = "a", .body = "three"},
         {.generation = 1, .key = "b", .body = "bee"},
         {.generation = 1, .key = "c", .body = "sea"},
         {.generation = 1, .key = "empty"}},
        true);
    const Digest digest = digest_of(kSet, "a");
    const std::vector<std::uint16_t> one{partition_of(view(digest))};
    add("scan one partition",
        print_scan(kPlace, {.partitions = one, .records_max = 100, .task_id = 2},
                   BinSet{}.with(Bin::kBody)),
        {{.generation = 3, .key = "a", .body = "three"}}, true);
    const std::vector<Digest> after{digest};
    add("scan behind a record",
        print_scan(kPlace, {.after = after, .records_max = 100, .task_id = 3},
                   BinSet{}.with(Bin::kBody)),
        {}, true);
  }
  void touch_and_remove() {
    const Digest digest = digest_of(kSet, "a");
    add("touch",
        print_write(kPlace, {.kind = WriteKind::kTouch,
                             .digest = digest,
                             .condition = Condition::matches(version_of(0x8888, 3)),
                             .ttl = 60}),
        {{.generation = 4, .body = "(none)"}});
    add("touch another",
        print_write(kPlace, {.kind = WriteKind::kTouch,
                             .digest = digest,
                             .condition = Condition::matches(version_of(1, 4)),
                             .ttl = 60}),
        {{.result = ResultCode::kFilteredOut}});
    const std::string remove = print_write(kPlace, {.kind = WriteKind::kRemove, .digest = digest});
    add("remove", remove, {{.body = "(none)"}});
    add("remove again", remove, {{.result = ResultCode::kNotFound}});
  }

  std::vector<std::unique_ptr<Bins>> bins_;
  std::vector<std::unique_ptr<std::string>> keys_;
  std::vector<Exchange> exchanges_;
};

std::filesystem::path file_of(const Exchange& exchange, std::string_view what) {
  std::string name = exchange.name;
  std::ranges::replace(name, ' ', '-');
  return ::layer::testing::source_dir() / "tests" / "golden" / "aerospike" /
         fmt::format("{}.{}", name, what);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

Meaning meaning_of(const Message& message) {
  Meaning meaning{.result = message.result,
                  .generation = message.result == ResultCode::kOk ? message.generation : 0,
                  .index = message.batch_index,
                  .key = std::string(message.key),
                  .body = "(none)"};
  for (const BinView& bin : message.bins) {
    if (bin.name == bin_name(Bin::kBody)) {
      meaning.body = bin.value;
    }
  }
  return meaning;
}

// What all frames say, without the message that ends them; in an order that is always the same.
std::vector<Meaning> meanings(std::string_view answer, bool many) {
  std::vector<Meaning> found;
  bool last = false;
  while (!answer.empty()) {
    const auto head = parse_frame_head(answer.substr(0, kFrameHeadBytes), answer.size());
    EXPECT_TRUE(head);
    if (!head) {
      return found;
    }
    Reader reader(answer.substr(kFrameHeadBytes, head->bytes));
    answer.remove_prefix(kFrameHeadBytes + head->bytes);
    while (reader.left() > 0) {
      const auto message = parse_message(reader);
      EXPECT_TRUE(message) << message.error().message;
      if (!message) {
        return found;
      }
      if (many && message->last()) {
        last = true;
        EXPECT_EQ(message->result, ResultCode::kOk);
      } else {
        found.push_back(meaning_of(*message));
      }
    }
  }
  EXPECT_EQ(last, many);
  std::ranges::sort(found, {}, [](const Meaning& m) { return std::pair(m.index, m.key); });
  return found;
}

std::string exchange_with(http::testing::TestSocket& socket, const Exchange& exchange) {
  socket.send(exchange.request);
  std::string answer;
  while (true) {
    const std::string head = socket.read_bytes(kFrameHeadBytes);
    const auto parsed = parse_frame_head(head, std::size_t{1} << 24);
    EXPECT_TRUE(parsed);
    if (!parsed) {
      return answer;
    }
    const std::string body = socket.read_bytes(parsed->bytes);
    answer += head + body;
    Reader reader(body);
    bool last = !exchange.many;
    while (reader.left() > 0) {
      const auto message = parse_message(reader);
      last = last || !message || message->last();
    }
    if (last) {
      return answer;
    }
  }
}

TEST(Golden, ExchangesWithARealServerAreRecordedOnDemand) {
  const char* port = std::getenv("LAYER_TEST_AEROSPIKE_RECORD");
  if (port == nullptr) {
    GTEST_SKIP() << "LAYER_TEST_AEROSPIKE_RECORD names no server to record";
  }
  http::testing::TestSocket socket(static_cast<std::uint16_t>(std::atoi(port)));
  ASSERT_TRUE(socket.connected());
  for (const Exchange& exchange : Script().exchanges()) {
    const std::string answer = exchange_with(socket, exchange);
    EXPECT_EQ(meanings(answer, exchange.many), exchange.means) << exchange.name;
    write_file(file_of(exchange, "request"), exchange.request);
    write_file(file_of(exchange, "answer"), answer);
  }
}

TEST(Golden, RequestsArePrintedAsTheServerTookThem) {
  for (const Exchange& exchange : Script().exchanges()) {
    EXPECT_EQ(exchange.request, read_file(file_of(exchange, "request"))) << exchange.name;
  }
}

TEST(Golden, AnswersOfTheServerMeanWhatTheyMeant) {
  for (const Exchange& exchange : Script().exchanges()) {
    SCOPED_TRACE(exchange.name);
    EXPECT_EQ(meanings(read_file(file_of(exchange, "answer")), exchange.many), exchange.means);
  }
}

TEST(Golden, TheServerOfTheTestsAnswersLikeTheRealOne) {
  testing::TestRecords records;
  for (const Exchange& exchange : Script().exchanges()) {
    SCOPED_TRACE(exchange.name);
    const std::string answer = records.answer(
        std::string_view(exchange.request).substr(kFrameHeadBytes), [](auto) { return true; });
    EXPECT_EQ(meanings(answer, exchange.many), exchange.means);
  }
}

}  // namespace
}  // namespace layer::cache::aerospike
