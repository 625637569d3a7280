#include "features/documents/misses.h"

#include <algorithm>
#include <utility>

#include "async/fan_out.h"

namespace layer::features::documents {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

// Everything of a request but the row: two requests share reads only when all of it is equal.
std::string prefix_of(const FetchRequest& request) {
  std::string key = request.ns.store;
  key += '\0';
  key += request.ns.ns;
  key += '\0';
  append_number(key, request.ns.incarnation);
  key += request.origin.authorization;
  key += '\0';
  key += request.level == Level::kStrong ? 's' : 'e';
  return key;
}

// What one reader's failure tells those who wait; nullopt: nothing, they try themselves.
std::optional<Landed> landed_of(const Error& error, bool alone) {
  const bool own = error.code == ErrorCode::kCancelled || error.code == ErrorCode::kGatewayTimeout;
  return own || !alone ? std::nullopt : std::optional(Landed::failed(error));
}

}  // namespace

// The ticket is part of the key: a write between two look-ups changes it, so nobody is given a row
// that was read before the write.
std::string MissReader::key_of(const Miss& miss) {
  if (key_prefix_.empty()) {
    key_prefix_ = prefix_of(request_);
  }
  const cache::FillTicket& ticket = *miss.ticket;
  const wire::Id& id = request_.ids[miss.at];
  std::string key = key_prefix_;
  append_number(key, ticket.epoch);
  append_number(key, ticket.generation);
  append_number(key, ticket.fill_epoch);
  append_number(key, ticket.version.value_or(0));
  key += ticket.version ? '1' : '0';
  key += static_cast<char>('0' + id.index());
  key += wire::to_string(id);
  return key;
}

async::Task<Result<void>> MissReader::run(std::vector<Miss> open) {
  const async::Executor executor = co_await async::asio::this_coro::executor;
  while (!open.empty()) {
    Party party(parts_.flights, executor);
    own_.clear();
    awaited_.clear();
    for (Miss& miss : open) {
      std::size_t number = 0;
      if (!miss.ticket) {
        own_.push_back({.miss = std::move(miss)});
      } else if (party.lead(key_of(miss), number)) {
        own_.push_back({.miss = std::move(miss), .led = number});
      } else {
        awaited_.push_back({.miss = std::move(miss), .number = number});
      }
    }
    const std::size_t chunks = (own_.size() + kChunkIdsMax - 1) / kChunkIdsMax;
    if (chunks == 1) {
      co_await read_chunk(party, 0);
    } else if (chunks > 1) {
      co_await async::fan_out(chunks, kChunksInFlightMax,
                              [&](std::size_t i) { return read_chunk(party, i); });
    }
    if (!ended()) {
      LAYER_CO_TRY(co_await party.wait(request_.deadline));
      open = take_awaited(party);
    }
    if (failed_) {
      co_return std::unexpected(std::move(*failed_));
    }
    if (ended()) {
      break;
    }
  }
  co_return Result<void>{};
}

async::Task<> MissReader::read_chunk(Party& party, std::size_t chunk) {
  if (ended()) {
    co_return;
  }
  const std::size_t begin = chunk * kChunkIdsMax;
  const std::span<const Own> own =
      std::span(own_).subspan(begin, std::min(kChunkIdsMax, own_.size() - begin));
  std::vector<wire::Id> ids;
  ids.reserve(own.size());
  for (const Own& row : own) {
    ids.push_back(request_.ids[row.miss.at]);
  }
  auto read = co_await read_origin(request_.origin, *request_.shape, ids, request_.level,
                                   request_.deadline, parts_.pool);
  if (!read) {
    failed_ = read.error();
  } else if (read->refusal) {
    out_.refusal = read->refusal;
  } else {
    out_.shape_is_old |= read->shape_is_old;
    for (std::size_t i = 0; i < own.size(); ++i) {
      out_.rows[own[i].miss.at] = read->rows[i];
    }
    if (!read->shape_is_old) {
      co_await keep(own);
    }
  }
  land(party, own, read);
}

async::Task<> MissReader::keep(std::span<const Own> chunk) {
  if (request_.level != Level::kStrong) {
    co_return;
  }
  std::vector<cache::Fill> fills;
  for (const Own& own : chunk) {
    if (own.miss.ticket && own.miss.ticket->may_fill) {
      fills.push_back({.id = request_.ids[own.miss.at],
                       .ticket = *own.miss.ticket,
                       .row = out_.rows[own.miss.at]});
    }
  }
  if (!fills.empty()) {
    co_await parts_.cache->fill(request_.ns, std::move(fills));
  }
}

void MissReader::land(Party& party, std::span<const Own> chunk, const Result<OriginRows>& read) {
  for (const Own& own : chunk) {
    if (!own.led) {
      continue;
    }
    if (!read) {
      party.end(*own.led, landed_of(read.error(), chunk.size() == 1));
    } else if (read->refusal) {
      party.end(*own.led,
                chunk.size() == 1 ? std::optional(Landed::refused(read->refusal)) : std::nullopt);
    } else if (read->shape_is_old) {
      party.end(*own.led, std::nullopt);
    } else {
      party.end(*own.led, Landed::found(out_.rows[own.miss.at]));
    }
  }
}

std::vector<Miss> MissReader::take_awaited(const Party& party) {
  std::vector<Miss> again;
  for (const Awaited& awaited : awaited_) {
    const auto& outcome = party.outcome(awaited.number);
    if (!outcome) {
      again.push_back(awaited.miss);
    } else if (outcome->error) {
      failed_ = outcome->error;
    } else if (outcome->refusal) {
      out_.refusal = outcome->refusal;
    } else {
      out_.rows[awaited.miss.at] = outcome->row;
    }
  }
  return again;
}

}  // namespace layer::features::documents
