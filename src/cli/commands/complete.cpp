#include "cli/commands/complete.hpp"

#include "cli/client.hpp"
#include "cli/output.hpp"
#include "cli/terminal/terminal.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

using Candidate = Completion::Candidate;
using Candidates = std::vector<Candidate>;

// Somebody has typed TAB and waits.
constexpr Duration kPatience = 700ms;
constexpr std::size_t kMost = 500;

/// Where the names of a kind of value come from. In `path` {} is the first argument.
struct Source {
  std::string_view value;    // as the help calls it
  std::string_view command;  // only of this one, and what is below it; "": of any
  std::string_view path;
  std::string_view name;  // the field of an item
  std::string_view text;
  bool is_searched = false;  // the list takes q
};

constexpr std::array kSources{
    Source{"SERVICE", "", "/services", "name", "description", true},
    Source{"IP:PORT", "", "/services/{}/instances", "", "status"},
    Source{"REVISION", "", "/services/{}/revisions", "revision", "description"},
    Source{"NODE", "service push", "/services/{}/subscribers", "node", "state"},
    Source{"NODE", "service rollback", "/services/{}/subscribers", "node", "state"},
    Source{"NODE", "service diff", "/services/{}/subscribers", "node", "state"},
    Source{"NODE", "subscriber delete", "/services/{}/subscribers", "node", "state"},
    Source{"PROGRAM", "", "/programs", "name", "description", true},
    Source{"PROCESS", "program", "/programs/{}/processes", "process", "state"},
    Source{"NODE", "", "/nodes", "name", "state", true},
    Source{"UID", "operation", "/operations", "uid", "object"},
    Source{"UID", "notice", "/notices", "uid", "title"},
    Source{"UID", "join-token", "/join-tokens", "uid", "created_by"},
    Source{"TOKEN", "token", "/tokens", "name", "role"},
};

struct Choices {
  std::string_view value;
  std::vector<std::string_view> words;
};

const std::vector<Choices>& choices() {
  static const std::vector<Choices> all{
      {"FORMAT", {"swoole", "json", "env", "nginx", "haproxy", "mustache"}},
      {"ROLE", {"viewer", "operator", "administrator"}},
      {"SHELL", {"bash", "zsh", "fish"}},
      {"DRIFT", {"repair", "report"}},
      {"SIGNAL", {"HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM"}},
  };
  return all;
}

std::string path_text(const Completion& asked) {
  std::string text;
  for (const std::string& word : asked.path) text += (text.empty() ? "" : " ") + word;
  return text;
}

const Source* source_of(const Completion& asked) {
  auto path = path_text(asked);
  auto found = std::ranges::find_if(kSources, [&](const Source& one) {
    return one.value == asked.value && path.starts_with(one.command);
  });
  return found == kSources.end() ? nullptr : &*found;
}

std::string text_of(const json::Object& item, std::string_view field) {
  const json::Value* value = item.if_contains(field);
  if (!value || value->is_null()) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string name_of(const json::Object& item, const Source& source) {
  if (!source.name.empty()) return text_of(item, source.name);
  auto ip = text_of(item, "ip");
  return (ip.find(':') == ip.npos ? ip : "[" + ip + "]") + ":" + text_of(item, "port");
}

/// The manager that the words so far mean.
Result<ServerAddress> server_of(const std::vector<std::string>& words) {
  constexpr std::string_view kData = "--data";
  std::optional<std::string> data;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == kData) data = words[i + 1];
    if (words[i].starts_with("--data=")) data = words[i].substr(kData.size() + 1);
  }
  bool is_local = std::ranges::find(words, "--local") != words.end();
  return is_local ? find_agent(data) : find_server(data);
}

std::optional<std::string> path_of(const Source& source, const Completion& asked,
                                   std::string_view typed) {
  std::string path(source.path);
  if (auto at = path.find("/{}"); at != path.npos) {
    if (asked.given.empty()) return std::nullopt;
    path.replace(at, 3, api_path({asked.given.front()}));
  }
  path += fmt::format("?limit={}", kMost);
  if (source.is_searched && !typed.empty()) path += "&q=" + net::percent_encode(typed);
  return path;
}

Result<Candidates> ask(const Completion& asked, const std::vector<std::string>& words,
                       std::string_view typed) {
  Candidates out;
  const Source* source = source_of(asked);
  if (!source) return out;
  auto path = path_of(*source, asked, typed);
  if (!path) return out;
  TRY_ASSIGN(auto server, server_of(words));
  Client client(std::move(server));
  client.set_deadline(kPatience);
  TRY_ASSIGN(auto answer, client.get(*path));
  const json::Value* items = answer.as_object().if_contains("items");
  if (!items || !items->is_array()) return out;
  for (const json::Value& item : items->get_array())
    if (const auto* object = item.if_object())
      out.push_back({name_of(*object, *source), text_of(*object, source->text)});
  return out;
}

void add_choices(Candidates& candidates, std::string_view value) {
  for (const Choices& one : choices())
    if (one.value == value)
      for (std::string_view word : one.words) candidates.push_back({std::string(word), ""});
}

std::string_view files_of(std::string_view value) {
  if (value == "FILE") return ":files\n";
  return value == "DIR" ? ":folders\n" : ":words\n";
}

}  // namespace

void complete(const CommandTree& tree, const std::vector<std::string>& words) {
  auto asked = tree.complete(words);
  std::string typed = words.empty() ? "" : words.back().substr(asked.glue.size());
  auto candidates = std::move(asked.candidates);
  add_choices(candidates, asked.value);
  // Without an answer there are no names, and nobody wants to read why in the middle of typing.
  if (auto names = ask(asked, words, typed))
    std::ranges::move(*names, std::back_inserter(candidates));
  std::set<std::string> said(asked.given.begin(), asked.given.end());
  std::string out;
  for (const Candidate& one : candidates) {
    if (!one.word.starts_with(typed) || !said.insert(one.word).second) continue;
    out += asked.glue + printable(one.word);
    if (!one.text.empty()) out += "\t" + printable(one.text);
    out += "\n";
  }
  print(out.append(files_of(asked.value)));
}

}  // namespace reeve::cli
