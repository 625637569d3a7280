#include "cli/parity_cases.h"

#include <algorithm>
#include <array>

namespace layer::cli {
namespace {

constexpr std::array<std::string_view, 7> kMethods{"GET",    "POST", "PUT",    "PATCH",
                                                   "DELETE", "HEAD", "OPTIONS"};
constexpr std::string_view kRawMark = "raw ";
constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// "POST /path": a method, one space, a target without spaces.
bool is_request(std::string_view line) {
  const std::size_t space = line.find(' ');
  return space != std::string_view::npos && space + 1 < line.size() &&
         line.find(' ', space + 1) == std::string_view::npos &&
         std::ranges::find(kMethods, line.substr(0, space)) != kMethods.end();
}

// "200" or "200 {pattern}".
bool is_expectation(std::string_view line) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return line.size() >= 3 && line[0] >= '1' && line[0] <= '5' && digit(line[1]) && digit(line[2]) &&
         (line.size() == 3 || line[3] == ' ');
}

// Reads line by line: a request, its headers, its body, and then skips what is expected of it.
class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  void take(std::string_view line, std::size_t number) {
    if (line.starts_with('#')) {
      return;
    }
    if (line.starts_with("== ")) {
      end_body();
      cases_.push_back({.file = file_, .name = std::string(trimmed(line.substr(3)))});
    } else if (is_request(line) && !cases_.empty()) {
      end_body();
      const std::size_t space = line.find(' ');
      cases_.back().exchanges.push_back({.line = number,
                                         .method = std::string(line.substr(0, space)),
                                         .target = std::string(line.substr(space + 1))});
      in_request_ = true;
    } else if (in_request_ && is_expectation(line)) {
      end_body();
    } else if (in_request_ && body_.empty() && line.starts_with("> ")) {
      const std::size_t colon = line.find(':');
      cases_.back().exchanges.back().headers.emplace_back(trimmed(line.substr(2, colon - 2)),
                                                          trimmed(line.substr(colon + 1)));
    } else if (in_request_) {
      body_ += line;
      body_ += '\n';
    }
  }

  std::vector<ParityCase> finish() && { return std::move(cases_); }

 private:
  void end_body() {
    if (in_request_) {
      std::string_view text = trimmed(body_);
      if (text.starts_with(kRawMark)) {
        text.remove_prefix(kRawMark.size());
      }
      cases_.back().exchanges.back().body = text;
    }
    body_.clear();
    in_request_ = false;
  }

  std::string file_;
  std::vector<ParityCase> cases_;
  std::string body_;
  bool in_request_ = false;
};

}  // namespace

std::vector<ParityCase> read_parity_cases(std::string_view file, std::string_view text) {
  Reader reader(file);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    reader.take(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(reader).finish();
}

std::vector<ParityCase> embedded_parity_cases() {
  std::vector<ParityCase> cases;
  for (const auto& [file, text] : embedded_case_files()) {
    for (ParityCase& each : read_parity_cases(file, text)) {
      cases.push_back(std::move(each));
    }
  }
  return cases;
}

std::string with_names(std::string_view text, std::string_view stem) {
  constexpr std::string_view kMark = "$ns";
  std::string out;
  for (std::size_t at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark)) {
    out.append(text.substr(0, at)).append(stem).append("-ns");
    text.remove_prefix(at + kMark.size());
  }
  return out.append(text);
}

}  // namespace layer::cli
