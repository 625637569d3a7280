// Writes whose texts the gateway embeds (rules EM4 to EM6 of the contract): declarations in the
// body's schema become profiles, texts of rows get their vectors, all by splicing. Nothing is
// written when a vector cannot be had.
//
// prepare() leaves new profiles pending before the store is called; settle() makes them active,
// or takes them back, once the outcome is known. What stays pending, because the outcome is not
// known or the process ended, is settled by the next write, which reads the store's schema.
// Thread safety: any loop, concurrently; a prepared write on the loop that made it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "async/cpu_pool.h"
#include "core/log.h"
#include "features/embed/compute.h"
#include "features/embed/declaration.h"
#include "features/embed/models.h"
#include "features/embed/profile_store.h"
#include "features/embed/write_texts.h"
#include "store/vector_store.h"

namespace layer::features::embed {

// Where a write goes. Views outlive the call.
struct WritePlace {
  std::string ns;  // logical
  std::string_view physical;
  store::VectorStore& store;
  std::uint64_t incarnation = 0;  // how often a namespace of this name was deleted before
  std::string authorization{};    // as store::Call has it
  async::TimePoint deadline = async::TimePoint::max();
};

struct EmbeddedWrite {
  std::string body{};  // what the store gets
  // What was embedded for it.
  bool computed = false;
  bool chunked = false;  // rows of chunks are in the body, with reserved names
  std::uint64_t tokens = 0;
  std::chrono::microseconds took{};

  // What settle() needs.
  std::string ns{};
  std::string write_id{};  // empty: no profile was changed
  Profiles before{};       // the profiles that changed, as they were
  std::vector<std::string> removed{};
};

enum class EmbeddedOutcome : std::uint8_t { kApplied, kRefused, kUnknown };

class WriteEmbedder {
 public:
  // All of it outlives the embedder.
  struct Parts {
    const Models& models;
    ProfileStore& profiles;
    Compute& compute;
    async::CpuPool& pool;
    core::Logger& log;
  };
  explicit WriteEmbedder(Parts parts) : parts_(parts) {}

  // Whether rows of the namespace may need vectors: a body too large to hold is refused then.
  async::Task<bool> concerns(std::string ns);

  // nullopt: the body goes as it is. `body` outlives the call. Errors: kValidation,
  // kUnsupportedByStore, kFeatureUnavailable, those of Model::embed, of the store where its schema
  // had to be read, and of the object store.
  async::Task<Result<std::optional<EmbeddedWrite>>> prepare(WritePlace place,
                                                            const std::string& body);
  async::Task<> settle(const EmbeddedWrite& write, EmbeddedOutcome outcome);

 private:
  struct Plan;
  async::Task<Result<Plan>> plan(const WritePlace& place, const std::string& body,
                                 const WriteHead& head, const Profiles& present);
  async::Task<Result<void>> check_columns(const WritePlace& place, const WriteHead& head,
                                          Plan& plan);
  // The body with the rows of chunks; nullopt: without any.
  async::Task<Result<std::optional<std::string>>> expand(const std::string& body, const Plan& plan);
  // Makes `write.body` of a body with vectors and columns; empty: nothing is to be added.
  async::Task<Result<void>> put_vectors(const WritePlace& place, const std::string& body,
                                        const Plan& plan, EmbeddedWrite& write);
  async::Task<Result<void>> add_vectors(const WritePlace& place, const std::string& body,
                                        const Profiles& profiles, EmbeddedWrite& write,
                                        std::vector<json::Replacement>& edits);
  async::Task<Result<void>> announce(const Plan& plan, EmbeddedWrite& write);

  Parts parts_;
};

// The store's answer to an embedded write with
// "performance":{"embedding_tokens","embedding_images","embedding_ms"}; as it is when it is no
// object.
std::string add_performance(std::string answer, const EmbeddedWrite& write);

}  // namespace layer::features::embed
