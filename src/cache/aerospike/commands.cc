#include "cache/aerospike/commands.h"

#include "cache/aerospike/big_endian.h"
#include "cache/aerospike/frame.h"
#include "cache/aerospike/record.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::size_t kEntryOverheadBytes = 256;

struct Flags {
  std::uint8_t info1 = 0;
  std::uint8_t info2 = 0;
  std::uint8_t info3 = 0;
};

void put_field(Writer& writer, Field field, std::string_view value) {
  writer.number(static_cast<std::uint32_t>(value.size() + 1));
  writer.number(static_cast<std::uint8_t>(field));
  writer.raw(value);
}

void put_place(Writer& writer, const Place& place) {
  put_field(writer, Field::kNamespace, place.ns);
  put_field(writer, Field::kSet, place.set);
}

void put_key(Writer& writer, std::string_view key) {
  writer.number(static_cast<std::uint32_t>(key.size() + 2));
  writer.number(static_cast<std::uint8_t>(Field::kKey));
  writer.number(static_cast<std::uint8_t>(Particle::kBlob));
  writer.raw(key);
}

void put_op(Writer& writer, Op op, std::string_view bin, Particle type, std::string_view value) {
  writer.number(static_cast<std::uint32_t>(4 + bin.size() + value.size()));
  writer.number(static_cast<std::uint8_t>(op));
  writer.number(static_cast<std::uint8_t>(type));
  writer.number(std::uint8_t{0});
  writer.number(static_cast<std::uint8_t>(bin.size()));
  writer.raw(bin);
  writer.raw(value);
}

// The head of a message; every number behind the flags.
struct Head {
  Flags flags;
  std::uint32_t generation = 0;
  std::uint32_t ttl = 0;
  std::chrono::milliseconds time_max{0};
  std::uint16_t fields = 0;
  std::uint16_t ops = 0;
};

void put_head(Writer& writer, const Head& head) {
  writer.number(kMessageHeadBytes);
  writer.number(head.flags.info1);
  writer.number(head.flags.info2);
  writer.number(head.flags.info3);
  writer.number(std::uint8_t{0});
  writer.number(std::uint8_t{0});  // result
  writer.number(head.generation);
  writer.number(head.ttl);
  writer.number(static_cast<std::uint32_t>(head.time_max.count()));
  writer.number(head.fields);
  writer.number(head.ops);
}

std::uint16_t read_ops(BinSet bins) {
  std::uint16_t ops = 1;  // the nonce
  for (std::size_t i = 0; i < kBinCount; ++i) {
    ops += bins.has(static_cast<Bin>(i)) ? 1 : 0;
  }
  return ops;
}

void put_read_ops(Writer& writer, BinSet bins) {
  put_op(writer, Op::kRead, kNonceBin, Particle::kNull, {});
  for (std::size_t i = 0; i < kBinCount; ++i) {
    if (bins.has(static_cast<Bin>(i))) {
      put_op(writer, Op::kRead, bin_name(static_cast<Bin>(i)), Particle::kNull, {});
    }
  }
}

std::string big_endian(std::uint64_t value) {
  Writer writer;
  writer.number(value);
  return writer.take();
}

// An expression in MessagePack, [equal, [bin, integer, "n"], nonce]: the server applies the write
// only where it holds.
std::string nonce_filter(std::uint64_t nonce) {
  constexpr std::uint8_t kArray3 = 0x93;
  constexpr std::uint8_t kText1 = 0xa1;
  constexpr std::uint8_t kUnsigned64 = 0xcf;
  constexpr std::uint8_t kEqual = 1;
  constexpr std::uint8_t kBinOf = 81;
  constexpr std::uint8_t kInteger = 2;
  Writer writer;
  for (const std::uint8_t byte : {kArray3, kEqual, kArray3, kBinOf, kInteger, kText1}) {
    writer.number(byte);
  }
  writer.raw(kNonceBin);
  writer.number(kUnsigned64);
  writer.number(nonce);
  return writer.take();
}

Flags flags_of(const WriteCommand& command) {
  Flags flags{.info2 = info2::kWrite};
  const auto condition = command.condition.kind;
  if (condition == Condition::Kind::kVersion) {
    flags.info2 |= info2::kGeneration;
  }
  switch (command.kind) {
    case WriteKind::kPut:
      if (condition == Condition::Kind::kAbsent) {
        flags.info2 |= info2::kCreateOnly;
      } else {
        flags.info3 |=
            condition == Condition::Kind::kVersion ? info3::kReplaceOnly : info3::kCreateOrReplace;
      }
      break;
    case WriteKind::kRemove:
      flags.info2 |= info2::kDelete;
      break;
    case WriteKind::kTouch:
      flags.info3 |= info3::kUpdateOnly;
      break;
  }
  return flags;
}

bool filtered(const WriteCommand& command) {
  return command.condition.kind == Condition::Kind::kVersion;
}

// Beside namespace, set and digest.
std::uint16_t extra_fields(const WriteCommand& command) {
  return static_cast<std::uint16_t>((filtered(command) ? 1 : 0) +
                                    (command.kind == WriteKind::kPut ? 1 : 0));
}

std::uint16_t write_ops(const WriteCommand& command) {
  switch (command.kind) {
    case WriteKind::kPut: {
      std::uint16_t ops = 1;
      for (const Bytes& bin : *command.bins) {
        ops += bin ? 1 : 0;
      }
      return ops;
    }
    case WriteKind::kRemove:
      return 0;
    case WriteKind::kTouch:
      return 1;
  }
  return 0;
}

void put_extra_fields(Writer& writer, const WriteCommand& command) {
  if (filtered(command)) {
    put_field(writer, Field::kFilter, nonce_filter(nonce_of(command.condition.version)));
  }
  if (command.kind == WriteKind::kPut) {
    put_key(writer, command.key);
  }
}

void put_write_ops(Writer& writer, const WriteCommand& command) {
  if (command.kind == WriteKind::kTouch) {
    put_op(writer, Op::kTouch, {}, Particle::kNull, {});
  }
  if (command.kind != WriteKind::kPut) {
    return;
  }
  put_op(writer, Op::kWrite, kNonceBin, Particle::kInteger, big_endian(command.nonce));
  for (std::size_t i = 0; i < kBinCount; ++i) {
    if (const Bytes& bin = (*command.bins)[i]; bin) {
      put_op(writer, Op::kWrite, bin_name(static_cast<Bin>(i)), Particle::kBlob, *bin);
    }
  }
}

// The head of a batch up to its entries; the length of the field is filled in at the end.
std::size_t begin_batch(Writer& writer, const Place& place, std::size_t count) {
  put_head(writer,
           {.flags = {.info1 = info1::kBatch}, .time_max = place.time_max, .fields = 1, .ops = 0});
  const std::size_t length = writer.leave_length();
  writer.number(static_cast<std::uint8_t>(Field::kBatch));
  writer.number(static_cast<std::uint32_t>(count));
  writer.number(static_cast<std::uint8_t>(batch::kInline | batch::kAllErrors));
  return length;
}

void put_entry(Writer& writer, std::size_t index, const Digest& digest, std::uint8_t has,
               const Flags& flags) {
  writer.number(static_cast<std::uint32_t>(index));
  writer.raw(view(digest));
  writer.number(has);
  writer.number(flags.info1);
  writer.number(flags.info2);
  writer.number(flags.info3);
}

}  // namespace

std::size_t WriteCommand::bytes() const {
  return kEntryOverheadBytes + key.size() + (bins == nullptr ? 0 : [this] {
           std::size_t bytes = 0;
           for (const Bytes& bin : *bins) {
             bytes += bin ? bin->size() : 0;
           }
           return bytes;
         }());
}

std::string print_read(const Place& place, const ReadCommand& command, BinSet bins) {
  Writer writer;
  put_head(writer, {.flags = {.info1 = info1::kRead},
                    .time_max = place.time_max,
                    .fields = 3,
                    .ops = read_ops(bins)});
  put_place(writer, place);
  put_field(writer, Field::kDigest, view(command.digest));
  put_read_ops(writer, bins);
  return print_frame(FrameType::kMessage, writer.take());
}

std::string print_write(const Place& place, const WriteCommand& command) {
  Writer writer;
  writer.reserve(command.bytes());
  put_head(writer, {.flags = flags_of(command),
                    .generation = generation_of(command.condition.version),
                    .ttl = command.ttl,
                    .time_max = place.time_max,
                    .fields = static_cast<std::uint16_t>(3 + extra_fields(command)),
                    .ops = write_ops(command)});
  put_place(writer, place);
  put_field(writer, Field::kDigest, view(command.digest));
  put_extra_fields(writer, command);
  put_write_ops(writer, command);
  return print_frame(FrameType::kMessage, writer.take());
}

std::string print_batch_read(const Place& place, std::span<const ReadCommand> commands,
                             BinSet bins) {
  Writer writer;
  const std::size_t length = begin_batch(writer, place, commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    put_entry(writer, i, commands[i].digest, batch_entry::kFlags, {.info1 = info1::kRead});
    writer.number(std::uint16_t{2});
    writer.number(read_ops(bins));
    put_place(writer, place);
    put_read_ops(writer, bins);
  }
  writer.fill_length(length);
  return print_frame(FrameType::kMessage, writer.take());
}

std::string print_batch_write(const Place& place, std::span<const WriteCommand> commands) {
  Writer writer;
  const std::size_t length = begin_batch(writer, place, commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const WriteCommand& command = commands[i];
    put_entry(writer, i, command.digest,
              batch_entry::kFlags | batch_entry::kGeneration | batch_entry::kTtl,
              flags_of(command));
    writer.number(generation_of(command.condition.version));
    writer.number(command.ttl);
    writer.number(static_cast<std::uint16_t>(2 + extra_fields(command)));
    writer.number(write_ops(command));
    put_place(writer, place);
    put_extra_fields(writer, command);
    put_write_ops(writer, command);
  }
  writer.fill_length(length);
  return print_frame(FrameType::kMessage, writer.take());
}

std::string print_scan(const Place& place, const ScanCommand& command, std::optional<BinSet> bins) {
  Writer writer;
  const auto flags =
      static_cast<std::uint8_t>(bins ? info1::kRead : info1::kRead | info1::kNoBinData);
  const auto fields = static_cast<std::uint16_t>(5 + (command.partitions.empty() ? 0 : 1) +
                                                 (command.after.empty() ? 0 : 1));
  // The flag asks not to be told of each partition that went well.
  put_head(writer, {.flags = {.info1 = flags, .info3 = info3::kPartitionDone},
                    .time_max = place.time_max,
                    .fields = fields,
                    .ops = bins ? read_ops(*bins) : std::uint16_t{0}});
  put_place(writer, place);
  put_field(writer, Field::kTaskId, big_endian(command.task_id));
  Writer socket_timeout;
  socket_timeout.number(static_cast<std::uint32_t>(place.time_max.count()));
  put_field(writer, Field::kSocketTimeout, socket_timeout.take());
  put_field(writer, Field::kRecordsMax, big_endian(command.records_max));
  if (!command.partitions.empty()) {
    std::string ids;  // little-endian, unlike everything else
    for (const std::uint16_t id : command.partitions) {
      ids.push_back(static_cast<char>(id & 0xFF));
      ids.push_back(static_cast<char>(id >> 8));
    }
    put_field(writer, Field::kPartitions, ids);
  }
  if (!command.after.empty()) {
    std::string digests;
    for (const Digest& digest : command.after) {
      digests.append(view(digest));
    }
    put_field(writer, Field::kDigests, digests);
  }
  if (bins) {
    put_read_ops(writer, *bins);
  }
  return print_frame(FrameType::kMessage, writer.take());
}

}  // namespace layer::cache::aerospike
