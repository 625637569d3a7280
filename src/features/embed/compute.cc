#include "features/embed/compute.h"

#include <unordered_map>

#include <openssl/sha.h>

#include "features/embed/metrics.h"

namespace layer::features::embed {
namespace {

// One who fails leaves those who waited to try for themselves; more often than this nobody tries.
constexpr int kRoundsMax = 3;

// SHA-256 of everything a vector depends on.
class Keys {
 public:
  explicit Keys(const ComputeAsk& ask) {
    const ModelSpec& spec = ask.model->spec();
    add(common_, spec.name);
    add(common_, std::to_string(ask.dims));
    add(common_, ask.revision);
    add(common_, ask.instruction);
    add(common_, name(spec.modality));
  }
  std::string of(std::string_view text) const {
    std::string all = common_;
    add(all, text);
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
  }

 private:
  // With its length, so that no two lists of parts are one text.
  static void add(std::string& out, std::string_view part) {
    out += std::to_string(part.size());
    out += ':';
    out += part;
  }
  std::string common_;
};

}  // namespace

// One distinct text.
struct Compute::Need {
  std::string key;
  std::size_t text = 0;  // the first of its kind
  VectorPtr vector{};
  std::size_t seat = 0;  // in the party
  bool leads = false;
};

async::Task<Result<Computed>> Compute::run(ComputeAsk ask, async::TimePoint deadline) {
  const auto begin = clock_.steady();
  std::vector<Need> needs;
  std::vector<std::size_t> need_of(ask.texts.size());
  {
    const Keys keys(ask);
    std::unordered_map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < ask.texts.size(); ++i) {
      const auto [entry, first] = seen.try_emplace(keys.of(ask.texts[i]), needs.size());
      if (first) {
        needs.push_back({.key = entry->first, .text = i});
      }
      need_of[i] = entry->second;
    }
  }
  Computed out;
  for (int round = 0; round < kRoundsMax; ++round) {
    async::Flights<Outcome>::Party party(flights_, co_await async::asio::this_coro::executor);
    bool missing = false;
    for (Need& need : needs) {
      if (need.vector == nullptr) {
        need.vector = cache_.find(need.key);
      }
      need.leads = need.vector == nullptr && party.lead(need.key, need.seat);
      missing = missing || need.vector == nullptr;
    }
    if (!missing) {
      break;
    }
    LAYER_CO_TRY(co_await lead(ask, needs, party, out.tokens, deadline));
    LAYER_CO_TRY(co_await party.wait(deadline));
    for (Need& need : needs) {
      if (need.vector != nullptr || !party.outcome(need.seat)) {
        continue;
      }
      const Outcome& outcome = *party.outcome(need.seat);
      if (!outcome) {
        co_return std::unexpected(outcome.error());
      }
      need.vector = *outcome;
    }
  }
  out.vectors.reserve(need_of.size());
  for (const std::size_t need : need_of) {
    if (needs[need].vector == nullptr) {
      co_return fail(ErrorCode::kServiceUnavailable,
                     "a text could not be embedded: those who began on it left; try again");
    }
    out.vectors.push_back(needs[need].vector);
  }
  out.took = std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - begin);
  co_return out;
}

// The texts that nobody else works on.
async::Task<Result<void>> Compute::lead(const ComputeAsk& ask, std::vector<Need>& needs,
                                        async::Flights<Outcome>::Party& party,
                                        std::uint64_t& tokens, async::TimePoint deadline) {
  ModelInput input{.dims = ask.dims};
  for (const Need& need : needs) {
    if (need.leads) {
      input.texts.push_back(ask.instruction + ask.texts[need.text]);
    }
  }
  if (input.texts.empty()) {
    co_return Result<void>{};
  }
  const auto begin = clock_.steady();
  auto made = co_await ask.model->embed(std::move(input), deadline);
  count(ask, made, clock_.steady() - begin);
  if (!made) {
    // The deadline or the leave of one is not the others'.
    const bool own = made.error().code == ErrorCode::kGatewayTimeout ||
                     made.error().code == ErrorCode::kCancelled;
    for (const Need& need : needs) {
      if (need.leads && !own) {
        party.end(need.seat, Outcome(std::unexpected(made.error())));
      }
    }
    co_return std::unexpected(std::move(made).error());
  }
  tokens += made->tokens;
  std::size_t row = 0;
  for (Need& need : needs) {
    if (need.leads) {
      need.vector = std::make_shared<const std::vector<float>>(std::move(made->rows[row++]));
      cache_.put(need.key, need.vector);
      party.end(need.seat, Outcome(need.vector));
    }
  }
  co_return Result<void>{};
}

void Compute::count(const ComputeAsk& ask, const Result<Vectors>& outcome,
                    std::chrono::steady_clock::duration took) {
  const std::string_view model = ask.model->spec().name;
  metrics_.sample(kEmbedRequests, {model, "local", outcome ? "ok" : "layer_error"}).add();
  if (outcome) {
    metrics_.sample(kEmbedTokens, {ask.ns, ask.store_kind, model, "local"}).add(outcome->tokens);
  }
  metrics_.sample(kEmbedSeconds, {ask.ns, ask.store_kind, model, "local"})
      .observe(std::chrono::duration<double>(took).count());
}

}  // namespace layer::features::embed
