// engine_bench: the engine in process, without HTTP. bench/run joins its JSON lines with the
// peers'.
#include <CLI/CLI.hpp>

#include "engine/cases.h"

int main(int argc, char** argv) {
  using namespace layer::bench;
  CLI::App app{"Measures the embedded engine in process; prints JSON lines."};
  app.require_subcommand(1);

  TextOptions text;
  CLI::App* text_command = app.add_subcommand("text", "BM25 over a file of texts");
  text_command->add_option("--texts", text.texts, "one document a line")->required();
  text_command->add_option("--queries", text.queries, "one query a line")->required();
  text_command->add_option("--directory", text.directory, "an empty folder")->required();
  text_command->add_option("--rows", text.rows, "only so many documents");

  WriteOptions write;
  CLI::App* write_command = app.add_subcommand("write", "acknowledged writes");
  write_command->add_option("--directory", write.directory, "an empty folder")->required();
  write_command->add_option("--clients", write.clients, "threads");
  write_command->add_option("--rows-per-request", write.rows_per_request, "rows in each request");
  write_command->add_option("--row-bytes", write.row_bytes, "length of each row's string");
  write_command->add_option("--seconds", write.seconds, "how long");

  OpenOptions open;
  CLI::App* open_command = app.add_subcommand("open", "start-up time and memory");
  open_command->add_option("--directory", open.directory, "the engine's folder")->required();
  open_command->add_option("--rows", open.rows, "rows in it");
  open_command->add_flag("--prepare", open.prepare, "fill it instead");

  NamespacesOptions namespaces;
  CLI::App* namespaces_command = app.add_subcommand("namespaces", "many small namespaces");
  namespaces_command->add_option("--directory", namespaces.directory, "an empty folder")
      ->required();
  namespaces_command->add_option("--count", namespaces.count, "how many");

  CLI11_PARSE(app, argc, argv);
  if (*text_command) {
    return run_text(text);
  }
  if (*write_command) {
    return run_write(write);
  }
  return *open_command ? run_open(open) : run_namespaces(namespaces);
}
