#include "cache/aerospike/set_names.h"

#include <xxhash.h>

#include <algorithm>

#include <fmt/format.h>

#include "cache/aerospike/record.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::string_view kOwn = "own";
constexpr std::string_view kShared = "shared";

std::optional<SetPlace> place_of(std::string_view name, const Record& record) {
  const Bytes& head = record.bins[static_cast<std::size_t>(Bin::kHead)];
  if (head && *head == kOwn) {
    return own_place(name);
  }
  if (head && *head == kShared) {
    return shared_place(name);
  }
  return std::nullopt;
}

}  // namespace

SetPlace own_place(std::string_view name) {
  return {.set = std::string(name), .key_prefix = {}};
}

// The length goes first, so that no name with its keys looks like another name with its own.
SetPlace shared_place(std::string_view name) {
  const std::uint64_t hash = XXH64(name.data(), name.size(), 0);
  return {.set = fmt::format("_hevlayer_{:02}", hash % kSharedSets),
          .key_prefix = fmt::format("{}:{}:", name.size(), name)};
}

bool can_have_own_set(std::string_view name) {
  return name.size() <= kSetNameBytesMax && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

std::optional<SetPlace> SetNames::remembered(const std::string& name) {
  const std::uint64_t now = client_.cluster().generation();
  const std::scoped_lock lock(mutex_);
  if (generation_ != now) {
    generation_ = now;
    places_.clear();
  }
  const auto at = places_.find(name);
  return at == places_.end() ? std::nullopt : std::optional(at->second);
}

void SetNames::remember(const std::string& name, const SetPlace& place) {
  const std::scoped_lock lock(mutex_);
  if (places_.size() >= kRememberedMax) {
    places_.clear();
  }
  places_.insert_or_assign(name, place);
}

async::Task<Result<std::optional<SetPlace>>> SetNames::find(std::string name) {
  if (!can_have_own_set(name)) {
    co_return shared_place(name);
  }
  if (auto known = remembered(name)) {
    co_return known;
  }
  LAYER_CO_ASSIGN(const auto records,
                  co_await client_.read(std::string(kChoicesSet), {digest_of(kChoicesSet, name)},
                                        BinSet{}.with(Bin::kHead)));
  if (!records.front()) {
    co_return std::optional<SetPlace>{};
  }
  const auto place = place_of(name, *records.front());
  if (!place) {
    co_return fail(ErrorCode::kIo, fmt::format("the record that tells where the cache set '{}' "
                                               "lives cannot be read; remove it from '{}'",
                                               name, kChoicesSet));
  }
  remember(name, *place);
  co_return place;
}

async::Task<Result<bool>> SetNames::room_for(std::string name) {
  const std::string question = "sets/" + client_.cluster().options().ns;
  LAYER_CO_ASSIGN(const auto answers, co_await client_.ask_all(question));
  const std::string itself = fmt::format(":set={}:", name);
  for (const Client::Said& said : answers) {
    const auto sets = static_cast<std::size_t>(std::ranges::count(said.text, ';'));
    if (sets >= client_.cluster().options().own_sets_max &&
        said.text.find(itself) == std::string::npos) {
      co_return false;
    }
  }
  co_return true;
}

async::Task<Result<std::optional<SetPlace>>> SetNames::find_or_choose(std::string name) {
  LAYER_CO_ASSIGN(auto place, co_await find(name));
  if (place) {
    co_return place;
  }
  LAYER_CO_ASSIGN(const bool own, co_await room_for(name));
  const Bins bins{std::make_shared<const std::string>(own ? kOwn : kShared)};
  std::vector<WriteCommand> choice{{.kind = WriteKind::kPut,
                                    .digest = digest_of(kChoicesSet, name),
                                    .key = name,
                                    .bins = &bins,
                                    .nonce = draw_nonce(),
                                    .condition = Condition::absent(),
                                    .ttl = kTtlNever}};
  LAYER_CO_ASSIGN(const auto results,
                  co_await client_.write(std::string(kChoicesSet), std::move(choice)));
  switch (results.front().result) {
    case ResultCode::kOk:
      place = own ? own_place(name) : shared_place(name);
      remember(name, *place);
      co_return place;
    case ResultCode::kExists:  // somebody else chose meanwhile
      co_return co_await find(name);
    case ResultCode::kOutOfSpace:
    case ResultCode::kForbidden:
    case ResultCode::kDeviceOverload:
      co_return std::optional<SetPlace>{};
    default:
      co_return fail(ErrorCode::kUnavailable,
                     fmt::format("the Aerospike server did not keep where the cache set '{}' "
                                 "lives (result {})",
                                 name, static_cast<int>(results.front().result)));
  }
}

}  // namespace layer::cache::aerospike
