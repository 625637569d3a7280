#include "features/history/spool_frames.h"

#include <xxhash.h>

#include "core/bytes.h"

namespace layer::features::history {
namespace {

constexpr std::uint32_t kVersion = 1;

std::uint32_t checksum_of(std::string_view payload) {
  return static_cast<std::uint32_t>(XXH3_64bits(payload.data(), payload.size()));
}

bool decode(std::string_view payload, Frame& frame) {
  core::ByteReader in(payload);
  frame = {.kind = static_cast<FrameKind>(in.fixed<char>())};
  switch (frame.kind) {
    case FrameKind::header:
      return in.fixed<std::uint32_t>() == kVersion &&
             (frame.counter = in.fixed<std::uint64_t>(), in.done());
    case FrameKind::record:
      frame.timestamp_ns = in.fixed<std::int64_t>();
      frame.ns = in.string();
      frame.line = in.raw(in.left());
      return in.ok() && !frame.line.empty();
    case FrameKind::seal:
      frame.counter = in.fixed<std::uint64_t>();
      frame.hour = in.fixed<std::int64_t>();
      frame.oldest_ns = in.fixed<std::int64_t>();
      frame.newest_ns = in.fixed<std::int64_t>();
      frame.ns = in.string();
      return in.done();
    case FrameKind::done:
      frame.counter = in.fixed<std::uint64_t>();
      return in.done();
  }
  return false;
}

}  // namespace

void append_frame(std::string& out, const Frame& frame) {
  core::ByteWriter payload;
  payload.fixed(static_cast<char>(frame.kind));
  switch (frame.kind) {
    case FrameKind::header:
      payload.fixed(kVersion);
      payload.fixed(frame.counter);
      break;
    case FrameKind::record:
      payload.fixed(frame.timestamp_ns);
      payload.string(frame.ns);
      payload.raw(frame.line);
      break;
    case FrameKind::seal:
      payload.fixed(frame.counter);
      payload.fixed(frame.hour);
      payload.fixed(frame.oldest_ns);
      payload.fixed(frame.newest_ns);
      payload.string(frame.ns);
      break;
    case FrameKind::done:
      payload.fixed(frame.counter);
      break;
  }
  core::ByteWriter head;
  head.fixed(static_cast<std::uint32_t>(payload.size()));
  head.fixed(checksum_of(payload.str()));
  out += head.str();
  out += payload.str();
}

bool FrameReader::next() {
  core::ByteReader in(log_.substr(at_));
  const auto size = in.fixed<std::uint32_t>();
  const auto checksum = in.fixed<std::uint32_t>();
  // No payload is empty: a tail of zeros, as some file systems leave one, is no frame.
  if (!in.ok() || size == 0 || size > kFrameBytesMax || size > in.left()) {
    return false;
  }
  const std::string_view payload = in.raw(size);
  if (checksum_of(payload) != checksum || !decode(payload, frame_)) {
    return false;
  }
  begin_ = at_;
  at_ += kFrameHeadBytes + size;
  return true;
}

std::string_view record_at(std::string_view log, std::size_t offset) {
  if (offset >= log.size()) {
    return {};
  }
  FrameReader reader(log.substr(offset));
  return reader.next() && reader.frame().kind == FrameKind::record ? reader.frame().line
                                                                   : std::string_view{};
}

}  // namespace layer::features::history
