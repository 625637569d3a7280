#include "app/command_line.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/printed_texts.h"
#include "app/service_routes.h"
#include "cli/verb.h"

namespace layer::app {
namespace {

constexpr int kUsage = 2;

int print_faults(const Faults& faults) {
  for (const Error& fault : faults) {
    fmt::print(stderr, "layer: {}\n", fault.message);
  }
  return kUsage;
}

// One server command: its flags as texts, exactly as they were given.
struct ServerCommand {
  Role role;
  CLI::App* app = nullptr;
  std::string directory;
  std::map<std::string, std::vector<std::string>> texts;

  core::RawOptions flags() const {
    core::RawOptions given;
    for (const auto& [name, values] : texts) {
      if (app->count("--" + name) > 0) {
        given[name] = values;
      }
    }
    if (!directory.empty()) {
      given["data-dir"] = {directory};
    }
    return given;
  }
};

void add_options(CLI::App& app, ServerCommand& command) {
  app.add_option("--config", command.texts["config"], "YAML file whose keys are the flag names");
  for (const core::OptionSpec& spec : option_table()) {
    if ((spec.roles & command.role) == 0) {
      continue;
    }
    const std::string name = "--" + std::string(spec.name);
    auto& texts = command.texts[std::string(spec.name)];
    const std::string help =
        fmt::format("{} [{}]", spec.help, spec.default_value.empty() ? "none" : spec.default_value);
    auto* option = spec.kind == core::OptionKind::kBool
                       ? app.add_option(name, texts, help)->expected(0, 1)->default_str("true")
                       : app.add_option(name, texts, help)->expected(1);
    option->allow_extra_args(false)->take_all();
  }
}

int run_server_command(const ServerCommand& command, const OpenEngine& open_engine) {
  core::RawOptions flags = command.flags();
  for (auto& [name, texts] : flags) {
    for (std::string& text : texts) {
      text = text.empty() && command.app->get_option("--" + name)->get_expected_min() == 0 ? "true"
                                                                                           : text;
    }
  }
  const auto values = resolve(command.role, std::move(flags));
  if (!values) {
    return print_faults(values.error());
  }
  const auto config = make_config(command.role, *values);
  if (!config) {
    return print_faults(config.error());
  }
  return run_server(command.role, *config, open_engine);
}

int print_config(const std::string& file, bool explain) {
  core::RawOptions flags;
  if (!file.empty()) {
    flags["config"] = {file};
  }
  const auto values = resolve(kServe, std::move(flags));
  if (!values) {
    return print_faults(values.error());
  }
  fmt::print("{}", core::print_options(*values, explain));
  return 0;
}

int print_completion(const std::string& shell) {
  const std::string script = completion_script(shell);
  if (script.empty()) {
    fmt::print(stderr, "layer: completion is made for bash, zsh and fish, not for '{}'\n", shell);
    return kUsage;
  }
  fmt::print("{}", script);
  return 0;
}

// A client verb with the texts of its positionals and flags.
struct ClientCommand {
  const cli::Verb* verb;
  CLI::App* app = nullptr;
  std::vector<std::string> positionals;
  cli::Settings settings;
};

void add_client_verbs(CLI::App& root, std::vector<std::unique_ptr<ClientCommand>>& commands) {
  std::map<std::string, CLI::App*> groups;
  for (const cli::Verb& verb : cli::verbs()) {
    const std::size_t space = verb.path.find(' ');
    CLI::App* parent = &root;
    std::string leaf(verb.path);
    if (space != std::string_view::npos) {
      const std::string group(verb.path.substr(0, space));
      leaf = verb.path.substr(space + 1);
      CLI::App*& known = groups[group];
      if (known == nullptr) {
        known = root.add_subcommand(group, std::string(verb.group_help))->require_subcommand(1);
      }
      parent = known;
    }
    auto command = std::make_unique<ClientCommand>();
    command->verb = &verb;
    command->app = parent->add_subcommand(leaf, std::string(verb.help));
    command->positionals.resize(verb.positionals.size());
    for (std::size_t i = 0; i < verb.positionals.size(); ++i) {
      command->app
          ->add_option(std::string(verb.positionals[i]), command->positionals[i],
                       std::string(verb.positional_help[i]))
          ->required(!verb.positionals_optional);
    }
    auto& settings = command->settings;
    if (verb.run_offline == nullptr) {
      command->app->add_option("--base-url", settings.base_url, "server to call");
      command->app->add_option("--api-key", settings.api_key, "key to send as a bearer token");
      command->app->add_option("-o,--output", settings.output, "table or json [json when piped]");
      command->app->add_option("--timeout", settings.timeout, "limit for the whole call [60s]");
    }
    for (const std::string& flag : verb.flags) {
      command->app->add_option(flag == "file" ? "-f,--file" : "--" + flag, settings.flags[flag]);
    }
    for (const std::string& name : verb.switches) {
      command->app->add_flag_callback("--" + name,
                                      [&settings, name] { settings.flags[name] = "true"; });
    }
    commands.push_back(std::move(command));
  }
}

// The arguments in the order that the parser wants, last first. "--name=" is parted into a name and
// an empty value: the parser would take the next argument for the value.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    std::string argument = argv[i];
    if (argument.starts_with("--") && argument.size() > 3 &&
        argument.find('=') == argument.size() - 1) {
      argument.pop_back();
      arguments.emplace_back();
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

}  // namespace

int run(int argc, char** argv, const OpenEngine& open_engine) {
  CLI::App app("Layer: one stateless tier in front of a vector store, and the store itself",
               "layer");
  app.require_subcommand(1);

  std::vector<std::unique_ptr<ServerCommand>> servers;
  for (const CommandInfo& info : all_commands()) {
    for (const Role role : {kStore, kServe, kUp}) {
      if (info.path == role_name(role)) {
        auto command = std::make_unique<ServerCommand>();
        command->role = role;
        command->app = app.add_subcommand(info.path, info.help);
        if (role != kServe) {
          command->app->add_option("DIR", command->directory, "data directory, like --data-dir");
        }
        add_options(*command->app, *command);
        servers.push_back(std::move(command));
      }
    }
  }

  auto* config = app.add_subcommand("config", "look at the configuration")->require_subcommand(1);
  auto* config_print = config->add_subcommand("print", "print the options as they resolve");
  bool explain = false;
  std::string config_file;
  config_print->add_flag("--explain", explain, "say where each value came from");
  config_print->add_option("--config", config_file, "YAML file whose keys are the flag names");
  std::map<std::string_view, CLI::App*> groups{{"config", config}};
  std::vector<CLI::App*> printed;
  bool markdown = false;
  for (const PrintedText& text : printed_texts()) {
    CLI::App*& group = groups[text.group];
    if (group == nullptr) {
      group = app.add_subcommand(std::string(text.group), std::string(text.group_help))
                  ->require_subcommand(1);
    }
    auto* leaf = group->add_subcommand(std::string(text.leaf), std::string(text.help));
    if (text.markdown != nullptr) {
      leaf->add_flag("--markdown", markdown, "the page of the reference instead of JSON");
    }
    printed.push_back(leaf);
  }
  auto* completion = app.add_subcommand("completion", "print a completion script");
  std::string shell;
  completion->add_option("SHELL", shell, "bash, zsh or fish")->required();
  auto* version_verb = app.add_subcommand("version", "print the version");
  std::vector<std::unique_ptr<ClientCommand>> clients;
  add_client_verbs(app, clients);

  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  for (const auto& server : servers) {
    if (server->app->parsed()) {
      return run_server_command(*server, open_engine);
    }
  }
  for (const auto& client : clients) {
    if (client->app->parsed()) {
      return cli::run(*client->verb, client->positionals, client->settings);
    }
  }
  if (config_print->parsed()) {
    return print_config(config_file, explain);
  }
  for (std::size_t i = 0; i < printed.size(); ++i) {
    if (printed[i]->parsed()) {
      const PrintedText& text = printed_texts()[i];
      fmt::print("{}", markdown && text.markdown != nullptr ? text.markdown() : text.print());
      return 0;
    }
  }
  if (completion->parsed()) {
    return print_completion(shell);
  }
  if (version_verb->parsed()) {
    fmt::print("layer {}\n", version());
  }
  return 0;
}

}  // namespace layer::app
