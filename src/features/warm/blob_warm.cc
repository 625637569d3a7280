#include "features/warm/blob_warm.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "async/fan_out.h"
#include "features/namespaces/slices.h"

namespace layer::features::warm {
namespace {

using blobs::BlobRef;
using Kind = blobs::Blobs::Warmed::Kind;

// The texts of an attribute that is a string or a list of them.
std::vector<std::string> texts_of(std::string_view value) {
  std::vector<std::string> texts;
  if (value.starts_with('"')) {
    texts.push_back(namespaces::string_of(value));
  } else {
    for (const namespaces::Slice& item : namespaces::items_of(value)) {
      if (item.token == json::Token::kString) {
        texts.push_back(namespaces::string_of(item.of(value)));
      }
    }
  }
  return texts;
}

class BlobWarm {
 public:
  BlobWarm(blobs::Blobs& source, pages::RowPages& pages, BlobWarmAsk ask, async::CpuPool& pool)
      : source_(source), pages_(pages), ask_(std::move(ask)), pool_(pool) {}

  async::Task<Result<BlobWarmReport>> run() {
    LAYER_CO_ASSIGN(sources_, co_await source_.ancestors(ask_.ns));
    sources_.push_back(ask_.ns);
    std::optional<wire::Id> after;
    for (bool more = true; more && !report_.budget_exhausted;) {
      if (async::SteadyClock::now() >= ask_.deadline) {
        co_return fail(ErrorCode::kGatewayTimeout,
                       "the deadline passed before every row was looked at");
      }
      LAYER_CO_ASSIGN(auto page, co_await pages_.read(after, ask_.deadline));
      more = page.next_after.has_value();
      after = std::move(page.next_after);
      auto found = co_await pool_.run([&] { return find_refs(page.rows); });
      if (!found) {
        co_return std::unexpected(std::move(found).error());
      }
      LAYER_CO_TRY(co_await fetch_all(std::move(*found)));
    }
    co_return report_;
  }

 private:
  // Those not seen before.
  std::vector<BlobRef> find_refs(const std::vector<documents::AnswerRow>& rows) {
    std::vector<BlobRef> found;
    report_.documents_scanned += rows.size();
    for (const documents::AnswerRow& row : rows) {
      for (const std::string& attribute : ask_.attributes) {
        for (std::string& text : texts_of(namespaces::raw_member(*row.attributes, attribute))) {
          take(std::move(text), found);
        }
      }
    }
    return found;
  }

  void take(std::string text, std::vector<BlobRef>& found) {
    auto ref = blobs::parse_ref(text);
    if (!ref || std::ranges::find(sources_, ref->ns) == sources_.end()) {
      ++report_.invalid_refs;
      return;
    }
    ++report_.refs_seen;
    if (seen_.size() >= kBlobRefsMax) {
      report_.budget_exhausted = true;
    } else if (seen_.insert(std::move(text)).second) {
      found.push_back(std::move(*ref));
    }
  }

  // Many at a time while they fit whatever their sizes are, then one by one.
  async::Task<Result<void>> fetch_all(std::vector<BlobRef> refs) {
    std::size_t next = 0;
    while (next < refs.size() && !report_.budget_exhausted) {
      const std::uint64_t left = ask_.budget_bytes - report_.bytes;
      const std::size_t at_once = left / blobs::kBlobBytesMax >= kBlobsAtOnce ? kBlobsAtOnce : 1;
      const std::size_t count = std::min(at_once, refs.size() - next);
      Result<void> outcome;
      co_await async::fan_out(count, count, [&](std::size_t i) -> async::Task<> {
        auto warmed = co_await source_.fetch_into_cache(refs[next + i], left);
        if (warmed) {
          account(*warmed);
        } else {
          outcome = std::unexpected(std::move(warmed).error());
        }
      });
      LAYER_CO_TRY(outcome);
      next += count;
    }
    co_return Result<void>{};
  }

  void account(const blobs::Blobs::Warmed& warmed) {
    switch (warmed.kind) {
      case Kind::kFetched:
      case Kind::kAlreadyThere:
        ++report_.objects;
        report_.bytes += warmed.bytes;
        break;
      case Kind::kMissing:
        ++report_.missing;
        break;
      case Kind::kOverBudget:
      case Kind::kNoRoom:
        report_.budget_exhausted = true;
        break;
    }
  }

  blobs::Blobs& source_;
  pages::RowPages& pages_;
  const BlobWarmAsk ask_;
  async::CpuPool& pool_;
  std::vector<std::string> sources_;
  std::unordered_set<std::string> seen_;
  BlobWarmReport report_;
};

}  // namespace

async::Task<Result<BlobWarmReport>> warm_blobs(blobs::Blobs& source, pages::RowPages& pages,
                                               BlobWarmAsk ask, async::CpuPool& pool) {
  co_return co_await BlobWarm(source, pages, std::move(ask), pool).run();
}

}  // namespace layer::features::warm
