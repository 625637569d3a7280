#include "app/commands.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/option_table.h"
#include "app/printed_texts.h"
#include "cli/verb.h"

namespace layer::app {
namespace {

std::vector<std::string> flags_of(Role role) {
  std::vector<std::string> flags{"config"};
  for (const auto& spec : option_table()) {
    if ((spec.roles & role) != 0) {
      flags.emplace_back(spec.name);
    }
  }
  return flags;
}

std::string join(const std::vector<std::string>& words, std::string_view prefix) {
  std::string text;
  for (const auto& word : words) {
    text += text.empty() ? "" : " ";
    text += prefix;
    text += word;
  }
  return text;
}

// The words that may follow each command path, "" being the binary itself.
std::vector<std::pair<std::string, std::vector<std::string>>> next_words() {
  std::vector<std::pair<std::string, std::vector<std::string>>> words{{"", {}}};
  const auto add = [&](const std::string& parent, const std::string& word) {
    auto it = std::ranges::find(words, parent, [](const auto& w) { return w.first; });
    if (it == words.end()) {
      it = words.insert(words.end(), {parent, {}});
    }
    if (std::ranges::find(it->second, word) == it->second.end()) {
      it->second.push_back(word);
    }
  };
  for (const CommandInfo& command : all_commands()) {
    const std::size_t space = command.path.find(' ');
    add("", command.path.substr(0, space));
    if (space != std::string::npos) {
      add(command.path.substr(0, space), command.path.substr(space + 1));
    }
    for (const std::string& flag : command.flags) {
      add(command.path, "--" + flag);
    }
  }
  return words;
}

std::string bash_script() {
  std::string out =
      "# bash completion of layer: source <(layer completion bash)\n"
      "_layer() {\n  local path=\"\" word i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=\"${COMP_WORDS[i]}\"\n"
      "    [[ $word == -* ]] && continue\n"
      "    case \"${path:+$path }$word\" in\n";
  std::string cases;
  for (const auto& [path, words] : next_words()) {
    if (!path.empty()) {
      fmt::format_to(std::back_inserter(out), "      \"{0}\") path=\"{0}\" ;;\n", path);
    }
    fmt::format_to(std::back_inserter(cases), "    \"{}\") words=\"{}\" ;;\n", path,
                   join(words, ""));
  }
  out +=
      "    esac\n  done\n  local words=\"\"\n  case \"$path\" in\n" + cases +
      "  esac\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words --help\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
      "  [[ ${#COMPREPLY[@]} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- "
      "\"${COMP_WORDS[COMP_CWORD]}\")\n"
      "}\ncomplete -F _layer layer\n";
  return out;
}

std::string fish_script() {
  std::string out =
      "# fish completion of layer: layer completion fish | source\ncomplete -c layer -f\n";
  for (const CommandInfo& command : all_commands()) {
    const std::size_t space = command.path.find(' ');
    const std::string first = command.path.substr(0, space);
    if (space == std::string::npos) {
      fmt::format_to(std::back_inserter(out),
                     "complete -c layer -n __fish_use_subcommand -a {} -d '{}'\n", first,
                     command.help);
    } else {
      fmt::format_to(std::back_inserter(out),
                     "complete -c layer -n __fish_use_subcommand -a {0}\n"
                     "complete -c layer -n '__fish_seen_subcommand_from {0}' -a {1} -d '{2}'\n",
                     first, command.path.substr(space + 1), command.help);
    }
    for (const std::string& flag : command.flags) {
      fmt::format_to(std::back_inserter(out),
                     "complete -c layer -n '__fish_seen_subcommand_from {}' -l {}\n", first, flag);
    }
  }
  return out;
}

}  // namespace

std::vector<CommandInfo> all_commands() {
  std::vector<CommandInfo> commands{
      {"serve", "run the gateway", flags_of(kServe)},
      {"up", "run everything on this machine: gateway and embedded store", flags_of(kUp)},
      {"store", "run the embedded store alone as a server of the store's API", flags_of(kStore)},
      {"config print", "print the options as they resolve", {"explain", "config"}},
      {"completion", "print a completion script for bash, zsh or fish"},
      {"version", "print the version"},
  };
  for (const PrintedText& text : printed_texts()) {
    CommandInfo info{std::string(text.group) + " " + std::string(text.leaf),
                     std::string(text.help)};
    if (text.markdown != nullptr) {
      info.flags.emplace_back("markdown");
    }
    commands.push_back(std::move(info));
  }
  for (const cli::Verb& verb : cli::verbs()) {
    CommandInfo info{
        std::string(verb.path), std::string(verb.help),
        verb.run_offline == nullptr ? cli::common_flags() : std::vector<std::string>()};
    info.flags.insert(info.flags.end(), verb.flags.begin(), verb.flags.end());
    info.flags.insert(info.flags.end(), verb.switches.begin(), verb.switches.end());
    commands.push_back(std::move(info));
  }
  return commands;
}

std::string completion_script(std::string_view shell) {
  if (shell == "bash") {
    return bash_script();
  }
  if (shell == "zsh") {
    return "#compdef layer\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script();
  }
  return shell == "fish" ? fish_script() : std::string();
}

}  // namespace layer::app
