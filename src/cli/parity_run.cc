#include "cli/parity_run.h"

#include <memory>
#include <set>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace layer::cli {
namespace {

// SHA-256 over texts, each with its length, so that their borders count.
class Fingerprint {
 public:
  Fingerprint() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(std::string_view text) {
    const std::string length = std::to_string(text.size()) + ":";
    EVP_DigestUpdate(context_.get(), length.data(), length.size());
    EVP_DigestUpdate(context_.get(), text.data(), text.size());
  }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
      fmt::format_to(std::back_inserter(out), "{:02x}", digest[i]);
    }
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

struct Side {
  Prober& prober;
  std::string stem;
};

ProbeRequest request_of(const ParityExchange& exchange, const std::string& stem) {
  ProbeRequest request{.method = exchange.method, .target = with_names(exchange.target, stem)};
  for (const auto& [name, value] : exchange.headers) {
    request.headers.add(name, value);
  }
  if (!exchange.body.empty()) {
    request.headers.add("content-type", "application/json");
    request.body = with_names(exchange.body, stem);
  }
  return request;
}

// The names, placeholders and all, that a case may leave behind: the segment after /namespaces/ of
// what it writes to.
std::set<std::string> names_written(const ParityCase& each) {
  constexpr std::string_view kBefore = "/namespaces/";
  std::set<std::string> names;
  for (const ParityExchange& exchange : each.exchanges) {
    const std::size_t at = exchange.target.find(kBefore);
    if (exchange.method == "POST" && at != std::string::npos) {
      const std::string rest = exchange.target.substr(at + kBefore.size());
      names.insert(rest.substr(0, rest.find_first_of("/?")));
    }
  }
  std::erase_if(names, [](const std::string& name) { return !name.contains("$ns"); });
  return names;
}

// Paths outside these two are a gateway's own to answer (rule T7 of the contract).
bool forwarded(std::string_view target) {
  return target.starts_with("/v1/") || target.starts_with("/v2/");
}

class Run {
 public:
  Run(Prober& store, Prober& gateway, const ParityOptions& options)
      : store_{store, options.prefix + "-s"}, gateway_{gateway, options.prefix + "-g"} {}

  Result<void> replay(const ParityCase& each) {
    ++result_.cases;
    const Side store = numbered(store_);
    const Side gateway = numbered(gateway_);
    auto outcome = compare_all(each, store, gateway);
    for (const std::string& name : names_written(each)) {
      clean_up(store, name);
      clean_up(gateway, name);
    }
    return outcome;
  }

  ParityResult finish(bool stopped) {
    result_.stopped = stopped;
    result_.fingerprint = fingerprint_.hex();
    return std::move(result_);
  }

 private:
  Side numbered(const Side& side) const {
    return {side.prober, fmt::format("{}{:04}", side.stem, result_.cases)};
  }

  Result<void> compare_all(const ParityCase& each, const Side& store, const Side& gateway) {
    for (const ParityExchange& exchange : each.exchanges) {
      if (!forwarded(exchange.target)) {
        continue;
      }
      ++result_.exchanges;
      LAYER_ASSIGN(const ProbeAnswer direct, store.prober.send(request_of(exchange, store.stem)));
      const ComparedAnswer expected = comparable(direct, store.stem);
      fingerprint_.add(fmt::format("{}\n{}", expected.status, expected.headers));
      fingerprint_.add(expected.body);
      auto found = through(gateway, exchange, expected);
      if (found) {
        result_.differences.push_back({fmt::format("{}:{}", each.file, exchange.line), each.name,
                                       exchange.method + " " + exchange.target, std::move(*found)});
        // What follows builds on this answer and would only repeat the news.
        return {};
      }
    }
    return {};
  }

  std::optional<AnswerDifference> through(const Side& gateway, const ParityExchange& exchange,
                                          const ComparedAnswer& expected) {
    const auto answer = gateway.prober.send(request_of(exchange, gateway.stem));
    if (!answer) {
      return AnswerDifference{"no answer", std::to_string(expected.status), answer.error().message};
    }
    const ComparedAnswer relayed = comparable(*answer, gateway.stem);
    if (relayed == expected) {
      return std::nullopt;
    }
    if (without_stamps(relayed) == without_stamps(expected)) {
      ++result_.stamp_only;
      return std::nullopt;
    }
    return difference(expected, relayed);
  }

  // Each side deletes what it made, by the way it was made.
  void clean_up(const Side& side, const std::string& written) {
    const std::string name = with_names(written, side.stem);
    const auto answer = side.prober.send({.method = "DELETE", .target = "/v2/namespaces/" + name});
    // 400: a name that no store takes, so nothing was made.
    if (!answer || (answer->status >= 300 && answer->status != 404 && answer->status != 400)) {
      result_.left_behind.push_back(name);
    }
  }

  Side store_;
  Side gateway_;
  Fingerprint fingerprint_;
  ParityResult result_;
};

}  // namespace

Result<ParityResult> run_parity(Prober& store, Prober& gateway,
                                const std::vector<ParityCase>& cases,
                                const ParityOptions& options) {
  Run run(store, gateway, options);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!options.proceed(i, cases.size())) {
      return run.finish(true);
    }
    LAYER_TRY(run.replay(cases[i]));
  }
  return run.finish(false);
}

}  // namespace layer::cli
