// `layer export NS`: all rows of a namespace, or those that match, on standard output or in a file.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/csv_rows.h"
#include "cli/export_ask.h"
#include "cli/export_file.h"
#include "cli/follow.h"
#include "cli/line_stream.h"
#include "cli/transfer.h"

namespace layer::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kEndPrefix = R"({"$end":)";
constexpr milliseconds kCheckpointEvery{1000};
constexpr milliseconds kLookEvery{2000};  // for how many rows there are
constexpr milliseconds kAgainFirst{250};
constexpr milliseconds kAgainMax{5000};

class Export {
 public:
  Export(Session& session, std::string ns, ExportAsk ask)
      : session_(session), ask_(std::move(ask)), file_(ask_.out) {
    state_.ns = std::move(ns);
    state_.format = ask_.format == ExportFormat::kCsv ? "csv" : "ndjson";
    state_.ask = ask_.body;
  }

  int run() {
    if (!(ask_.resume && take_up()) && !begin()) {
      return code_;
    }
    if (ask_.format == ExportFormat::kCsv) {
      csv_.emplace(state_.columns);
    }
    if (!keep(file_.open(state_)) || (state_.bytes == 0 && !write_header())) {
      return code_;
    }
    progress_.draw(transferred());
    return read_all() && end() ? kOk : code_;
  }

 private:
  enum class Step : std::uint8_t { kDone, kAgain, kFailed };

  std::string target(std::string_view rest) const {
    return fmt::format("/v2/namespaces/{}/{}", http::encode_segment(state_.ns), rest);
  }

  // An export that an earlier run began.
  bool take_up() {
    auto left = file_.left();
    if (!left) {
      return false;
    }
    const bool same = left->ns == state_.ns && left->format == state_.format &&
                      (left->ask == state_.ask || state_.ask == "{}");
    if (!same) {
      progress_.say(fmt::format("{}.partial holds another export: {} as {}; it is begun anew",
                                ask_.out, left->ns, left->format));
      return false;
    }
    state_ = std::move(*left);
    progress_.say(fmt::format("export {} goes on after {} rows", state_.job, state_.rows));
    return true;
  }

  bool begin() {
    Answer answer;
    if (ask_.format == ExportFormat::kCsv) {
      if (!call("GET", target("metadata"), {}, answer)) {
        return false;
      }
      auto columns = csv_columns(ask_, answer.body);
      if (!columns) {
        return stop(kFailure, columns.error().message);
      }
      state_.columns = std::move(*columns);
    }
    if (!call("POST", target("exports"), ask_.body, answer)) {
      return false;
    }
    state_.job = job_id(answer.body);
    if (state_.job.empty()) {
      return stop(kFailure, "the server's answer has no job id");
    }
    return true;
  }

  bool write_header() {
    if (!csv_) {
      return true;
    }
    const std::string header = csv_->header();
    state_.bytes = header.size();
    return keep(file_.write(header));
  }

  // A stream that breaks, or a server that is restarted, costs time but no row: what came is known
  // by its number.
  bool read_all() {
    Clock::time_point heard = Clock::now();
    milliseconds pause = kAgainFirst;
    for (;;) {
      const std::uint64_t before = state_.rows;
      const Step step = read_some();
      if (step != Step::kAgain) {
        return step == Step::kDone;
      }
      if (!keep(file_.checkpoint(state_))) {
        return false;
      }
      if (state_.rows > before || job_goes_on()) {
        heard = Clock::now();
        pause = kAgainFirst;
      }
      if (Clock::now() - heard >= ask_.retry_for) {
        return stop(kFailure, fmt::format("{}; {} rows are there{}", trouble_, state_.rows,
                                          ask_.out.empty() ? "" : ", --resume goes on"));
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kAgainMax);
    }
  }

  Step read_some() {
    std::string end;
    const auto read = read_lines(session_,
                                 target(fmt::format("exports/{}/results?follow=true&offset={}",
                                                    http::encode_segment(state_.job), state_.rows)),
                                 [&](std::string_view line) {
                                   if (line.starts_with(kEndPrefix)) {
                                     end = line;
                                     return true;
                                   }
                                   return take(line);
                                 });
    if (!written_) {
      return Step::kFailed;
    }
    if (!read) {
      trouble_ = read.error().message;
      return Step::kAgain;
    }
    if (read->status != 200) {
      return refused(*read);
    }
    return end.empty() ? broken_off() : ended(end);
  }

  Step broken_off() {
    trouble_ = "the connection broke off";
    return Step::kAgain;
  }

  Step refused(const Answer& answer) {
    trouble_ = fmt::format("{} {}", answer.status, message_of(answer.body));
    if (answer.status == 429 || answer.status >= 500) {
      return Step::kAgain;
    }
    stop(exit_code_of(answer.status), trouble_);
    return Step::kFailed;
  }

  Step ended(const std::string& line) {
    boost::system::error_code ec;
    const auto end = boost::json::parse(line, ec);
    const auto* status = ec ? nullptr : end.find_pointer("/$end/status", ec);
    const std::string how =
        status != nullptr && status->is_string() ? std::string(status->as_string()) : std::string();
    if (how == "completed") {
      return Step::kDone;
    }
    if (how == "cancelled") {
      stop(kFailure, "the export was cancelled");
      return Step::kFailed;
    }
    // One that failed says why when it is asked again.
    trouble_ = "the export is " + how;
    return Step::kAgain;
  }

  bool take(std::string_view line) {
    row_.clear();
    if (csv_) {
      if (auto printed = csv_->append(row_, line); !printed) {
        return stop(kFailure, printed.error().message);
      }
    } else {
      row_.append(line) += '\n';
    }
    if (!keep(file_.write(row_))) {
      return false;
    }
    ++state_.rows;
    state_.bytes += row_.size();
    if (state_.rows % 64 == 0) {  // reading the clock costs as much as a short row
      return look_at_the_clock();
    }
    return true;
  }

  bool look_at_the_clock() {
    const auto now = Clock::now();
    if (now - kept_at_ >= kCheckpointEvery) {
      kept_at_ = now;
      if (!keep(file_.checkpoint(state_))) {
        return false;
      }
    }
    if (progress_.due()) {
      if (now - looked_at_ >= kLookEvery) {
        looked_at_ = now;
        job_goes_on();
      }
      progress_.draw(transferred());
    }
    return true;
  }

  // Whether the server works on it; what it says of the number of rows is kept.
  bool job_goes_on() {
    const auto answer = session_.ask("GET", "/v2/jobs/" + http::encode_segment(state_.job), {});
    boost::system::error_code ec;
    if (!answer || answer->status != 200) {
      return false;
    }
    const auto job = boost::json::parse(answer->body, ec);
    const auto* status = ec ? nullptr : job.find_pointer("/status", ec);
    if (status == nullptr || !status->is_string()) {
      return false;
    }
    const bool over = status->as_string() == "completed";
    const auto* total = job.find_pointer(over ? "/counters/done" : "/counters/total", ec);
    const bool counted = over || session_.flag("filters").empty();
    boost::system::error_code not_one;
    if (total != nullptr && counted) {
      const auto rows = total->to_number<std::uint64_t>(not_one);
      rows_total_ = not_one || rows == 0 ? std::nullopt : std::optional(rows);
    }
    return status->as_string() == "queued" || status->as_string() == "running";
  }

  bool end() {
    if (!keep(file_.finish())) {
      return false;
    }
    progress_.end(transferred());
    if (csv_ && ask_.attributes.empty() && !csv_->left_out().empty()) {
      progress_.say(
          fmt::format("rows have attributes that the schema did not know: {}; --attributes "
                      "names columns",
                      fmt::join(csv_->left_out(), ", ")));
    }
    return true;
  }

  TransferState transferred() const {
    return {.rows = state_.rows, .bytes = state_.bytes, .rows_total = rows_total_};
  }

  bool call(std::string_view method, const std::string& path, std::string body, Answer& answer) {
    if (!session_.call(method, path, std::move(body), answer)) {
      code_ = session_.failure();
      return false;
    }
    return true;
  }
  bool keep(const Result<void>& done) { return done ? true : stop(kFailure, done.error().message); }
  // Says why there is no going on.
  bool stop(int code, const std::string& why) {
    written_ = false;
    code_ = code;
    progress_.say(why);
    return false;
  }

  Session& session_;
  const ExportAsk ask_;
  ExportFile file_;
  ExportState state_{};
  std::optional<CsvRows> csv_{};
  TransferProgress progress_{};
  std::optional<std::uint64_t> rows_total_{};
  std::string row_{};
  std::string trouble_ = "the server does not answer";
  Clock::time_point kept_at_ = Clock::now();
  Clock::time_point looked_at_{};
  bool written_ = true;
  int code_ = kFailure;
};

}  // namespace

int export_rows(Session& session, const std::vector<std::string>& positionals) {
  auto ask = read_export_ask(session);
  if (!ask) {
    fmt::print(stderr, "layer: {}\n", ask.error().message);
    return kUsage;
  }
  return Export(session, positionals[0], std::move(*ask)).run();
}

}  // namespace layer::cli
