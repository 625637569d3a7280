// What a log of the spool consists of: frames of length, checksum and payload. A log that ends in
// the middle of a frame, as after a crash, is read up to there. Format: docs/formats/history.md.
// Thread safety: pure functions and values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace layer::features::history {

inline constexpr std::size_t kFrameHeadBytes = 8;
inline constexpr std::size_t kFrameBytesMax = std::size_t{4} << 20;  // of a payload

enum class FrameKind : char {
  header = 'h',  // the first one
  record = 'r',
  seal = 's',  // the records of a group so far are a segment
  done = 'd',  // a segment is in the object store, or given up
};

struct Frame {
  FrameKind kind = FrameKind::record;
  std::uint64_t counter = 0;      // seal, done: the segment's; header: none below it is free
  std::int64_t timestamp_ns = 0;  // record
  std::int64_t hour = 0;          // seal: hours since the epoch
  std::int64_t oldest_ns = 0;     // seal: of its records
  std::int64_t newest_ns = 0;
  std::string_view ns{};    // record, seal
  std::string_view line{};  // record

  bool operator==(const Frame&) const = default;
};

void append_frame(std::string& out, const Frame& frame);

class FrameReader {
 public:
  explicit FrameReader(std::string_view log) : log_(log) {}
  // False at the end, and at the first frame that is damaged or cut short: at() is where it begins.
  bool next();
  const Frame& frame() const { return frame_; }  // views into the log
  std::size_t begin() const { return begin_; }   // of the frame
  std::size_t at() const { return at_; }         // behind it

 private:
  std::string_view log_;
  std::size_t begin_ = 0;
  std::size_t at_ = 0;
  Frame frame_{};
};

// The frame that begins at `offset`; its line is empty when there is none.
std::string_view record_at(std::string_view log, std::size_t offset);

}  // namespace layer::features::history
