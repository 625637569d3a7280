// The rows that the cache did not give, read from the store: in chunks, a few at a time, each kept
// in the cache where that is still right, and each read once however many requests want it.
// Thread safety: one loop. One reader serves one fetch.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/documents/fetcher.h"

namespace layer::features::documents {

struct Miss {
  std::size_t at = 0;  // which id of the request
  // Unset: the cache is bypassed. Then the row is neither shared nor kept: only a ticket tells
  // whether a read that began earlier is recent enough for this request.
  std::optional<cache::FillTicket> ticket{};
};

class MissReader {
 public:
  // All of it outlives the reader.
  struct Parts {
    cache::DocumentCache* cache;
    async::CpuPool& pool;
    async::Flights<Landed>& flights;
  };
  MissReader(Parts parts, const FetchRequest& request, Fetched& out)
      : parts_(parts), request_(request), out_(out) {}

  // Fills out.rows, or out.refusal. Errors: as Fetcher::fetch.
  async::Task<Result<void>> run(std::vector<Miss> open);

 private:
  using Party = async::Flights<Landed>::Party;
  // A row this request reads itself.
  struct Own {
    Miss miss;
    std::optional<std::size_t> led{};  // its number in the party
  };
  // A row another request reads.
  struct Awaited {
    Miss miss;
    std::size_t number = 0;
  };

  std::string key_of(const Miss& miss);
  async::Task<> read_chunk(Party& party, std::size_t chunk);
  async::Task<> keep(std::span<const Own> chunk);
  void land(Party& party, std::span<const Own> chunk, const Result<OriginRows>& read);
  // Gives back those that must be tried again.
  std::vector<Miss> take_awaited(const Party& party);
  bool ended() const { return failed_.has_value() || out_.refusal != nullptr; }

  Parts parts_;
  const FetchRequest& request_;
  Fetched& out_;
  std::string key_prefix_{};
  std::vector<Own> own_{};
  std::vector<Awaited> awaited_{};
  std::optional<Error> failed_{};
};

}  // namespace layer::features::documents
