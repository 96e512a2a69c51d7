// Who gets a service's instance list, and what files it becomes there.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"
#include "model/placement.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reeve::model {

enum class Format { swoole, json, env, nginx, haproxy, mustache };
BOOST_DESCRIBE_ENUM(Format, swoole, json, env, nginx, haproxy, mustache)

/// Characters of a template.
inline constexpr std::size_t kLongestTemplate = 16'384;

/// What becomes of a file that somebody else has changed or removed: put back, or only told of.
enum class Drift { repair, report };
BOOST_DESCRIBE_ENUM(Drift, repair, report)

/// From a change to the run of `on_change`, where an output says nothing; and the most it may say.
inline constexpr Duration kDebounce = std::chrono::seconds(1);
inline constexpr Duration kLongestDebounce = std::chrono::seconds(60);

/// One file on the node. `{service}` in the path is replaced by the service's name.
struct Output {
  Format format = Format::swoole;
  std::optional<std::string> path;
  std::string mode = "0644";
  /// Only instances with all of these labels; every instance if none of those takes traffic.
  std::optional<std::map<std::string, std::string>> select{};
  /// The text around the instances; of format mustache alone.
  std::optional<std::string> template_{};
  std::optional<std::string> owner{};  // "user" or "user:group"; else the agent's own
  /// A program with its arguments, run without a shell after the file has changed.
  std::optional<std::vector<std::string>> on_change{};
  std::optional<Duration> debounce{};
  std::optional<Drift> drift{};
  json::Object unknown{};  // of a newer manager: an agent that is updated finds it on its disk

  bool operator==(const Output&) const = default;
};
BOOST_DESCRIBE_STRUCT(Output, (),
                      (format, path, mode, select, template_, owner, on_change, debounce, drift))

constexpr auto rules(const Output*) {
  return std::array{
      json::field("format").text(
          "swoole: what PHP clients read; json: every field; env: variables of a shell; nginx: an "
          "upstream; haproxy: a backend; mustache: your own template"),
      json::field("path").length(1, 4096).text(
          "absolute, inside one of the node's publish roots; default: "
          "<first publish root>/{service}.conf"),
      json::field("mode").pattern("^0?[0-7]{3}$").text("octal permissions"),
      json::field("select").items(1, 64).text(
          "only instances with all of these labels; all instances if none of those takes traffic"),
      json::field("template")
          .length(1, kLongestTemplate)
          .text("mustache, for that format alone; docs/formats.md names what it may use"),
      json::field("owner")
          .length(1, 130)
          .pattern("^[A-Za-z0-9_][A-Za-z0-9_.@-]*[$]?(:[A-Za-z0-9_][A-Za-z0-9_.@-]*[$]?)?$")
          .text("user or user:group of the file, by name or number as the node knows them; "
                "default: the agent's own"),
      json::field("on_change")
          .items(1, 64)
          .length(0, 4096)
          .text("the absolute path of a program and its arguments, run without a shell after the "
                "file has changed; the node's own reeve.yaml must allow it under hooks"),
      json::field("debounce")
          .range(Duration::zero(), kLongestDebounce)
          .text("how long on_change waits for further changes after one; default: 1s"),
      json::field("drift").text(
          "repair: a file that somebody changed or removed is put back (default); report: it is "
          "only told of, until the list changes"),
  };
}
void validate(const Output& output, json::Faults& faults, const json::Path& path);

/// "user:group" in its two parts; the second is empty where it was not said.
std::pair<std::string, std::string> split_owner(const std::string& owner);

/// Tells outputs from others that a node had before, for JSON and for years: the same outputs have
/// the same mark, others another one all but surely.
std::uint64_t outputs_mark(const std::vector<Output>& outputs);

/// Nodes by name or by labels, all of which must match; exactly one of the two.
struct Subscription {
  std::optional<std::vector<std::string>> nodes;
  std::optional<Labels> selector;
  std::vector<Output> outputs;  // none: the default output

  bool operator==(const Subscription&) const = default;
};
BOOST_DESCRIBE_STRUCT(Subscription, (), (nodes, selector, outputs))

constexpr auto rules(const Subscription*) {
  return std::array{
      json::field("nodes").items(1, kMostPlacedNodes).text("names of nodes; they may join later"),
      json::field("selector").items(1, kMostSelectorLabels).text("labels that a node must have"),
      json::field("outputs").items(0, 16),
  };
}
void validate(const Subscription& subscription, json::Faults& faults, const json::Path& path);

/// What is written where nothing was said: format swoole at the default path.
const std::vector<Output>& default_outputs();

/// The outputs for this node, nullptr if no entry takes it. An entry that names the node goes
/// before selectors; the first that matches counts.
const std::vector<Output>* outputs_for(const std::vector<Subscription>& subscriptions,
                                       const std::string& node, const Labels& labels);

/// The entry of a list that holds one node each (StoredSubscriptions::leaving), or its end.
std::vector<Subscription>::const_iterator find_leaving(const std::vector<Subscription>& leaving,
                                                       const std::string& node);

/// `subscriptions` with the node's own entry added or replaced, or, with nullptr, removed. Says
/// false when removing was asked for and no entry named it.
bool set_node_outputs(std::vector<Subscription>& subscriptions, const std::string& node,
                      const std::vector<Output>* outputs);

}  // namespace reeve::model
