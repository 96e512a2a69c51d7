#include "manager/testing/desired_state.hpp"

#include "base/check.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::testing {

namespace keys = store::keys;
using store::bytes;

namespace {

store::Bytes content_text(const std::vector<std::string>& ips) {
  model::StoredContent content;
  for (const auto& ip : ips) {
    model::InstanceSpec instance;
    instance.ip = IpAddress::parse(ip).value();
    instance.port = 80;
    content.instances.push_back(std::move(instance));
  }
  return bytes(json::encode_text(content));
}

}  // namespace

DesiredState::DesiredState() {
  cluster.document.id = "c1";
  empty();
}

void DesiredState::put_back(Image image) {
  store.put_back(std::move(image.store));
  revisions_ = std::move(image.revisions);
}

void DesiredState::empty() {
  put_back({});
  commit({{std::string(keys::kCluster), bytes(json::encode_text(cluster.document))}});
}

void DesiredState::start() {
  auto started = loop.start(catalog.start());
  loop.settle();
  CHECK(started.is_done() && started.value());
}

store::Revision DesiredState::commit(std::vector<store::Write> writes) {
  auto committed = loop.start(store.commit({{}, std::move(writes)}));
  loop.settle();
  CHECK(committed.is_done() && committed.value());
  return *committed.value();
}

void DesiredState::put_node(const std::string& name, const Labels& labels, const std::string& key) {
  model::StoredNode node;
  node.uid = uid_of(name);
  node.name = name;
  node.labels = labels;
  node.key_fingerprint = key;
  node.revision = 1;
  node.enrolled = loop.clock().wall();
  commit({{keys::node(model::fold(name)), bytes(json::encode_text(node))}});
}

void DesiredState::remove_node(const std::string& name) {
  commit({{keys::node(model::fold(name)), nullptr}});
}

void DesiredState::put_service(const std::string& name, std::vector<std::string> ips) {
  model::StoredService head;
  head.uid = uid_of(name);
  head.name = name;
  head.revision = ++revisions_[name];
  auto writes = removals_of_pushes(name);
  writes.push_back({keys::service(model::fold(name)), bytes(json::encode_text(head))});
  writes.push_back({keys::content(head.uid, head.revision), content_text(ips)});
  commit(std::move(writes));
}

void DesiredState::put_program(const std::string& name, std::optional<model::Placement> placement,
                               int seconds) {
  model::StoredProgram program;
  program.uid = uid_of(name);
  program.name = name;
  program.revision = ++revisions_[name];
  program.command.arguments = {"sleep", std::to_string(seconds)};
  program.placement = std::move(placement);
  commit({{keys::program(model::fold(name)), bytes(json::encode_text(program))}});
}

void DesiredState::remove_program(const std::string& name) {
  commit({{keys::program(model::fold(name)), nullptr}});
}

void DesiredState::push(const std::string& service, std::uint64_t revision,
                        std::vector<std::string> ips, std::vector<std::string> nodes) {
  model::StoredPush push;
  push.order = ++pushed_;
  push.uid = std::to_string(push.order);
  push.revision = revision;
  if (!nodes.empty()) push.nodes = std::move(nodes);
  auto uid = uid_of(service);
  std::vector<store::Write> writes;
  if (!push.nodes) writes = removals_of_pushes(service);
  pushes_[service].push_back(push.uid);
  writes.push_back({keys::push(uid, push.uid), bytes(json::encode_text(push))});
  if (revision != revisions_.at(service))
    writes.push_back({keys::content(uid, revision), content_text(ips)});
  commit(std::move(writes));
}

std::uint64_t DesiredState::revision_of(const std::string& service) const {
  auto found = revisions_.find(service);
  return found == revisions_.end() ? 0 : found->second;
}

std::vector<store::Write> DesiredState::removals_of_pushes(const std::string& service) {
  std::vector<store::Write> removals;
  for (const auto& push : pushes_[service])
    removals.push_back({keys::push(uid_of(service), push), nullptr});
  pushes_.erase(service);
  return removals;
}

void DesiredState::subscribe(const std::string& service,
                             std::vector<model::Subscription> subscriptions) {
  model::StoredSubscriptions stored{std::move(subscriptions), {}, {}};
  commit({{keys::subscriptions(uid_of(service)), bytes(json::encode_text(stored))}});
}

void DesiredState::remove_service(const std::string& name) {
  auto uid = uid_of(name);
  auto writes = removals_of_pushes(name);
  for (auto key : {keys::service(model::fold(name)), keys::content(uid, revisions_[name]),
                   keys::live(uid), keys::subscriptions(uid)})
    writes.push_back({std::move(key), nullptr});
  commit(std::move(writes));
}

model::Subscription DesiredState::to_nodes(std::vector<std::string> names,
                                           std::vector<model::Output> outputs) {
  model::Subscription subscription;
  subscription.nodes = std::move(names);
  subscription.outputs = std::move(outputs);
  return subscription;
}

model::Subscription DesiredState::to_selector(Labels labels) {
  model::Subscription subscription;
  subscription.selector = std::move(labels);
  return subscription;
}

}  // namespace reeve::manager::testing
