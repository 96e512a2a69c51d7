#include "manager/fleet.hpp"

#include "base/utf8.hpp"
#include "model/program.hpp"

#include <algorithm>

namespace reeve::manager {
namespace {

// Of one node. There are fewer services than that, and no name or sentence of ours is longer.
constexpr std::size_t kMostLists = 20'000;
constexpr std::size_t kMostName = 128;
constexpr std::size_t kMostPrograms = 10'000;
// Of one list: as many outputs as a subscription may have.
constexpr std::size_t kMostOutputs = 16;
constexpr std::size_t kMostPath = 4200;
constexpr std::size_t kMostArguments = 64;

void cut(std::string& text, std::size_t most) {
  if (text.size() > most) text = utf8::cut(text, most);
}

void cut(std::optional<std::string>& text) {
  if (text) cut(*text, Fleet::kMostError);
}

std::vector<model::HookRun> bounded(std::vector<model::HookRun> runs) {
  if (runs.size() > kMostOutputs) runs.resize(kMostOutputs);
  for (auto& run : runs) {
    cut(run.file, kMostPath);
    if (run.argv.size() > kMostArguments) run.argv.resize(kMostArguments);
    for (auto& argument : run.argv) cut(argument, Fleet::kMostError);
    cut(run.error);
    cut(run.output, model::HookRun::kMostOutput);
    run.unknown.clear();
  }
  return runs;
}

std::vector<model::FileDrift> bounded(std::vector<model::FileDrift> drifts) {
  if (drifts.size() > kMostOutputs) drifts.resize(kMostOutputs);
  for (auto& drift : drifts) {
    cut(drift.path, kMostPath);
    cut(drift.note);
    drift.unknown.clear();
  }
  return drifts;
}

std::vector<model::ProcessStatus> bounded(std::vector<model::ProcessStatus> processes) {
  if (processes.size() > model::kMostProcesses) processes.resize(model::kMostProcesses);
  for (auto& process : processes) {
    cut(process.process, kMostName);
    cut(process.reason);
    cut(process.log_trouble);
    process.unknown.clear();
  }
  return processes;
}

}  // namespace

class Fleet::Node {
 public:
  std::string uid;
  NodeSight sight;
  std::unordered_map<std::string, ListSight> lists;        // by service uid
  std::unordered_map<std::string, ProgramSight> programs;  // by uid
};

const NodeSight& Fleet::node(const std::string& uid) const {
  static const NodeSight never_seen;
  auto found = nodes_.find(uid);
  return found == nodes_.end() ? never_seen : found->second->sight;
}

const ListSight& Fleet::list(const std::string& node_uid, const std::string& service_uid) const {
  return sight(node_uid, service_uid).second;
}

std::pair<const NodeSight&, const ListSight&> Fleet::sight(const std::string& node_uid,
                                                           const std::string& service_uid) const {
  static const NodeSight never_seen;
  static const ListSight nothing;
  auto found = nodes_.find(node_uid);
  if (found == nodes_.end()) return {never_seen, nothing};
  const auto& node = *found->second;
  auto list = node.lists.find(service_uid);
  return {node.sight, list == node.lists.end() ? nothing : list->second};
}

std::vector<std::pair<std::string, ListSight>> Fleet::lists(const std::string& node_uid) const {
  auto node = nodes_.find(node_uid);
  if (node == nodes_.end()) return {};
  return {node->second->lists.begin(), node->second->lists.end()};
}

void Fleet::connected(const std::string& uid, std::string address, std::string agent_version,
                      WallTime at) {
  auto& sight = sight_of(uid);
  sight.state = model::NodeState::up;
  sight.address = std::move(address);
  sight.agent_version = std::move(agent_version);
  sight.last_seen = at;
  tell({uid, {}});
}

void Fleet::clock_is_off(const std::string& uid, std::optional<Duration> offset) {
  auto& sight = sight_of(uid);
  if (sight.clock_offset == offset) return;
  sight.clock_offset = offset;
  tell({uid, {}});
}

Fleet::Place Fleet::place(const std::string& uid) {
  auto& node = nodes_[uid];
  if (!node) {
    node = std::make_shared<Node>();
    node->uid = uid;
  }
  return node;
}

NodeSight& Fleet::sight_of(const std::string& uid) { return place(uid)->sight; }

void Fleet::heard_from(const Place& node, WallTime at) { node->sight.last_seen = at; }

void Fleet::disconnected(const std::string& uid, WallTime at) {
  auto& sight = sight_of(uid);
  sight.state = model::NodeState::down;
  sight.last_seen = std::max(sight.last_seen.value_or(at), at);
  tell({uid, {}});
}

void Fleet::missed(const std::string& uid) {
  sight_of(uid).state = model::NodeState::down;
  tell({uid, {}});
}

void Fleet::applied(const Place& node, std::uint64_t version,
                    const std::vector<link::ListWord>& words) {
  node->sight.applied_version = version;
  tell(take_words(*node, words));
}

void Fleet::reported(const Place& node, const std::vector<link::ListWord>& words) {
  if (!words.empty()) tell(take_words(*node, words));
}

const ProgramSight* Fleet::program(const std::string& node_uid,
                                   const std::string& program_uid) const {
  auto node = nodes_.find(node_uid);
  if (node == nodes_.end()) return nullptr;
  auto program = node->second->programs.find(program_uid);
  return program == node->second->programs.end() ? nullptr : &program->second;
}

bool Fleet::speaks_of(const Place& node, const std::string& program_uid) {
  return node->programs.contains(program_uid);
}

void Fleet::reported_programs(const Place& node, const std::vector<link::ProgramWord>& words) {
  Change change{node->uid, {}, {}};
  for (const auto& word : words) {
    auto& programs = node->programs;
    if (programs.size() >= kMostPrograms && !programs.contains(word.program)) continue;
    if (word.program.size() > kMostName) continue;
    if (word.removed.value_or(false)) {
      programs.erase(word.program);
    } else {
      auto& sight = programs[word.program];
      sight = {word.applied, word.error, bounded(word.processes)};
      cut(sight.error);
    }
    change.programs.push_back(word.program);
  }
  if (!change.programs.empty()) tell(change);
}

void Fleet::asked(const Place& node, const std::string& service_uid, const AskedList& list) {
  if (node->lists.size() >= kMostLists && !node->lists.contains(service_uid)) return;
  auto& sight = node->lists[service_uid];
  sight.asked = list;
  sight.has_removed_files = false;
  sight.error.reset();
}

void Fleet::retain(const Place& node,
                   const std::function<bool(const std::string& service_uid)>& keeps) {
  Change change{node->uid, {}};
  std::erase_if(node->lists, [&](const auto& item) {
    if (keeps(item.first)) return false;
    change.lists.push_back(item.first);
    return true;
  });
  if (!change.lists.empty()) tell(change);
}

void Fleet::forget(const std::string& uid) {
  if (nodes_.erase(uid)) tell({uid, {}});
}

void Fleet::tell(const Change& change) {
  for (const auto& listener : listeners_) listener(change);
}

Fleet::Change Fleet::take_words(Node& node, const std::vector<link::ListWord>& words) {
  Change change{node.uid, {}};
  change.lists.reserve(words.size());
  for (const auto& word : words) {
    // An agent may say anything: what it makes us remember has a bound.
    if (node.lists.size() >= kMostLists && !node.lists.contains(word.service)) continue;
    if (word.service.size() > kMostName) continue;
    auto error = word.error;
    if (error) *error = utf8::cut(*error, kMostError);
    auto& sight = node.lists[word.service];
    sight = {sight.asked,
             word.applied,
             word.outputs_mark,
             std::move(error),
             word.removed.value_or(false),
             {},
             {}};
    if (word.hooks) sight.hooks = bounded(*word.hooks);
    if (word.drifted) sight.drift = bounded(*word.drifted);
    change.lists.push_back(word.service);
  }
  return change;
}

}  // namespace reeve::manager
