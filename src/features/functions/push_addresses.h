// Which workers work may be pushed to (rule UF11 of the contract): URLs come from whoever may
// register a function, and the gateway reaches more than they do. Thread safety: immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/origin.h"

namespace layer::features::functions {

class PushAddresses {
 public:
  // Texts of --push-allow, words between commas: "loopback": literal loopback addresses and
  // "localhost"; "cluster": names without dots, and names in .svc and .svc.cluster.local; "*.NAME":
  // names below that one; anything else: that host. Errors: kInvalidArgument for no such word.
  static Result<PushAddresses> parse(const std::vector<std::string>& texts);

  // Where the worker with this URL is. The only door to it: what is not on the list is refused.
  // Errors: kValidation, naming worker.url.
  Result<http::BaseUrl> find(const std::string& url) const;

 private:
  Result<void> add(const std::string& word);
  bool allows(std::string_view host) const;

  bool loopback_ = false;
  bool cluster_ = false;
  std::vector<std::string> hosts_;
  std::vector<std::string> below_;  // ".name"
};

}  // namespace layer::features::functions
