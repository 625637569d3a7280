// The numbers of Aerospike's wire protocol that this client uses; README.md names their sources.
// Thread safety: constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace layer::cache::aerospike {

// Every message: version, type, 48-bit length, big-endian.
inline constexpr std::size_t kFrameHeadBytes = 8;
inline constexpr std::uint8_t kFrameVersion = 2;

enum class FrameType : std::uint8_t { kInfo = 1, kAdmin = 2, kMessage = 3 };

inline constexpr std::uint8_t kMessageHeadBytes = 22;
inline constexpr std::size_t kDigestBytes = 20;
inline constexpr std::size_t kPartitions = 4096;
inline constexpr std::size_t kSetNameBytesMax = 63;

namespace info1 {
inline constexpr std::uint8_t kRead = 1U << 0;
inline constexpr std::uint8_t kBatch = 1U << 3;
inline constexpr std::uint8_t kNoBinData = 1U << 5;
}  // namespace info1

namespace info2 {
inline constexpr std::uint8_t kWrite = 1U << 0;
inline constexpr std::uint8_t kDelete = 1U << 1;
inline constexpr std::uint8_t kGeneration = 1U << 2;  // only over this generation
inline constexpr std::uint8_t kCreateOnly = 1U << 5;
}  // namespace info2

namespace info3 {
inline constexpr std::uint8_t kLast = 1U << 0;
inline constexpr std::uint8_t kPartitionDone = 1U << 2;
inline constexpr std::uint8_t kUpdateOnly = 1U << 3;
inline constexpr std::uint8_t kCreateOrReplace = 1U << 4;
inline constexpr std::uint8_t kReplaceOnly = 1U << 5;
}  // namespace info3

enum class Field : std::uint8_t {
  kNamespace = 0,
  kSet = 1,
  kKey = 2,
  kDigest = 4,
  kTaskId = 7,
  kSocketTimeout = 9,
  kPartitions = 11,
  kDigests = 12,
  kRecordsMax = 13,
  kBatch = 41,
  kFilter = 43,
};

enum class Op : std::uint8_t { kRead = 1, kWrite = 2, kTouch = 11 };

enum class Particle : std::uint8_t { kNull = 0, kInteger = 1, kString = 3, kBlob = 4 };

// Of one entry of a batch.
namespace batch_entry {
inline constexpr std::uint8_t kFlags = 1U << 1;  // info1 to info3 follow
inline constexpr std::uint8_t kGeneration = 1U << 2;
inline constexpr std::uint8_t kTtl = 1U << 3;
}  // namespace batch_entry

// Of the whole batch: records in memory are read on the thread that took the request; an entry that
// fails does not end the batch.
namespace batch {
inline constexpr std::uint8_t kInline = 1U << 0;
inline constexpr std::uint8_t kAllErrors = 1U << 2;
}  // namespace batch

// A record's time to live, seconds.
inline constexpr std::uint32_t kTtlNever = 0xFFFFFFFF;
inline constexpr std::uint32_t kTtlMax = 10U * 365 * 24 * 3600;  // the server takes no longer one

enum class ResultCode : std::uint8_t {
  kOk = 0,
  kNotFound = 2,
  kGeneration = 3,
  kParameter = 4,
  kExists = 5,
  kOutOfSpace = 8,
  kTimeout = 9,
  kUnavailable = 11,  // the partition, for now
  kTooBig = 13,
  kKeyBusy = 14,
  kDeviceOverload = 18,
  kNamespace = 20,
  kForbidden = 22,
  kFilteredOut = 27,
  kSecurityNotSupported = 51,
  kSecurityNotEnabled = 52,
  kBadCredential = 65,
  kExpiredSession = 66,
  kNotAuthenticated = 80,
};

namespace admin {
inline constexpr std::size_t kHeadBytes = 16;
enum class Command : std::uint8_t { kAuthenticate = 0, kLogin = 20 };
enum class Field : std::uint8_t {
  kUser = 0,
  kCredential = 3,
  kSessionToken = 5,
  kSessionTtl = 6,
};
}  // namespace admin

}  // namespace layer::cache::aerospike
