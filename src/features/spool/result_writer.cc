#include <algorithm>
#include <utility>

#include "core/random.h"
#include "features/spool/job_results.h"
#include "http/zstd.h"

namespace layer::features::spool {
namespace {

using objects::Condition;

// How often a new writer looks again when the one before it wrote meanwhile.
constexpr int kTakeOverTriesMax = 4;

std::unexpected<Error> lost() {
  return fail(ErrorCode::kCancelled, "another gateway writes the results of this job by now");
}

struct Cut {
  std::string packed;
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
};

// Lines of `text` from `begin` on that make up a part: whole ones, at least one.
Cut cut_part(std::string_view text, std::size_t begin) {
  std::string_view rest = text.substr(begin);
  if (rest.size() > kPartBytes) {
    std::size_t end = rest.rfind('\n', kPartBytes - 1);
    if (end == std::string_view::npos) {
      end = rest.find('\n');  // a line larger than a part
    }
    rest = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
  }
  return {.packed = http::zstd(rest),
          .lines = static_cast<std::uint64_t>(std::ranges::count(rest, '\n')),
          .bytes = rest.size()};
}

}  // namespace

async::Task<Result<ResultWriter>> ResultWriter::open(objects::ObjectStore& objects,
                                                     async::CpuPool& pool, std::string job_id,
                                                     std::uint64_t lease_epoch) {
  ResultWriter writer(objects, pool, std::move(job_id));
  LAYER_CO_TRY(co_await writer.take_over(lease_epoch));
  co_return std::move(writer);
}

async::Task<Result<void>> ResultWriter::take_over(std::uint64_t lease_epoch) {
  const std::string key = manifest_key(job_id_);
  const std::string name = core::hex(core::random_u64());
  for (int tries = 1;; ++tries) {
    Condition condition = Condition::absent();
    Manifest next;
    auto object = co_await objects_->get(key);
    if (object) {
      LAYER_CO_ASSIGN(next, parse_manifest(std::move(object->bytes), job_id_));
      condition = Condition::match(std::move(object->etag));
    } else if (object.error().code != ErrorCode::kNotFound) {
      co_return std::unexpected(std::move(object).error());
    }
    if (next.epoch > lease_epoch) {
      co_return lost();
    }
    next.epoch = lease_epoch;
    next.writer = name;
    auto put = co_await objects_->put(key, print_manifest(next), std::move(condition));
    if (put) {
      etag_ = std::move(*put);
      manifest_ = std::move(next);
      cursor_ = manifest_.cursor;
      co_return Result<void>{};
    }
    if (put.error().code != ErrorCode::kConflict) {
      co_return std::unexpected(std::move(put).error());
    }
    if (tries == kTakeOverTriesMax) {
      co_return lost();
    }
  }
}

std::uint64_t ResultWriter::lines() const {
  return manifest_.lines() + buffered_lines_;
}

std::uint64_t ResultWriter::bytes() const {
  return manifest_.bytes() + buffer_.size();
}

async::Task<Result<void>> ResultWriter::append(std::string text, std::uint64_t lines,
                                               std::string cursor) {
  buffer_ += text;
  buffered_lines_ += lines;
  cursor_ = std::move(cursor);
  if (buffer_.size() >= kPartBytes) {
    co_return co_await flush();
  }
  co_return Result<void>{};
}

async::Task<Result<void>> ResultWriter::flush() {
  if (cursor_ == manifest_.cursor && buffer_.empty()) {
    co_return Result<void>{};
  }
  Manifest next = manifest_;
  LAYER_CO_TRY(co_await put_parts(next));
  co_return co_await publish(std::move(next));
}

async::Task<Result<void>> ResultWriter::finish() {
  if (manifest_.complete) {
    co_return Result<void>{};
  }
  Manifest next = manifest_;
  LAYER_CO_TRY(co_await put_parts(next));
  next.complete = true;
  co_return co_await publish(std::move(next));
}

async::Task<Result<void>> ResultWriter::put_parts(Manifest& next) {
  for (std::size_t begin = 0; begin < buffer_.size();) {
    LAYER_CO_ASSIGN(Cut cut, co_await pool_->run([&] { return cut_part(buffer_, begin); }));
    Part part{.key = part_key(job_id_, next.parts.size(), manifest_.writer),
              .first = next.lines(),
              .lines = cut.lines,
              .bytes = cut.bytes};
    // Names of parts are never used twice: what a dead writer left under another name is harmless.
    LAYER_CO_TRY(co_await objects_->put(part.key, std::move(cut.packed), Condition::none()));
    begin += cut.bytes;
    next.parts.push_back(std::move(part));
  }
  next.cursor = cursor_;
  co_return Result<void>{};
}

async::Task<Result<void>> ResultWriter::publish(Manifest next) {
  auto put =
      co_await objects_->put(manifest_key(job_id_), print_manifest(next), Condition::match(etag_));
  if (!put) {
    co_return put.error().code == ErrorCode::kConflict ? lost()
                                                       : std::unexpected(std::move(put).error());
  }
  etag_ = std::move(*put);
  manifest_ = std::move(next);
  buffer_.clear();
  buffered_lines_ = 0;
  co_return Result<void>{};
}

}  // namespace layer::features::spool
