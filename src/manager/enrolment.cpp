#include "manager/enrolment.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "link/join_token.hpp"
#include "manager/removed_keys.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

#include <algorithm>
#include <iterator>

namespace reeve::manager {
namespace {

constexpr std::size_t kLongestMachineId = 128;

using TokenPtr = std::shared_ptr<const store::Document<model::StoredJoinToken>>;

Result<TokenPtr> find_token(const store::Snapshot& snapshot, const std::string& hash,
                            WallTime now) {
  const auto* found = snapshot.join_tokens_by_hash.find(hash);
  if (!found)
    return fail(Errc::unauthenticated,
                "this join token is not known: it was removed, or it is of another cluster");
  const auto& token = (*found)->value;
  if (token.expires && *token.expires <= now)
    return fail(Errc::forbidden, "this join token was good until {}", format_time(*token.expires));
  return *found;
}

Result<> check_uses(const model::StoredJoinToken& token) {
  if (!token.uses || token.used < *token.uses) return {};
  return fail(Errc::forbidden, "this join token was good for {} {} and is used up", *token.uses,
              *token.uses == 1 ? "node" : "nodes");
}

Result<> check_name(const model::StoredJoinToken& token, const std::string& name) {
  if (token.node && model::fold(*token.node) != model::fold(name))
    return fail_at("/name", Errc::forbidden,
                   "this join token is for the machine that takes the place of node {}, got {}",
                   quote(*token.node), quote(name));
  if (token.name_pattern && !model::matches_pattern(*token.name_pattern, name))
    return fail_at("/name", Errc::forbidden,
                   "this join token is for nodes with names like {}, got {}",
                   quote(*token.name_pattern), quote(name));
  return {};
}

Result<> check_taken(const model::StoredJoinToken& token, const model::StoredNode& node) {
  if (token.node) return {};
  return fail_at("/name", Errc::exists,
                 "a node named \"{0}\" is enrolled: choose another name, or, where this machine "
                 "takes its place, make a token for it with \"reeve join-token create --node {0}\"",
                 node.name);
}

model::StoredNode make_node(const link::JoinRequest& request, const std::string& key_fingerprint,
                            const model::StoredJoinToken& token, WallTime now) {
  model::StoredNode node;
  node.uid = new_uid(now);
  node.name = request.name;
  node.machine_id = request.machine_id;
  node.labels = token.labels;
  node.key_fingerprint = key_fingerprint;
  node.revision = 1;
  node.enrolled = now;
  return node;
}

/// The same node to everybody, on another machine.
model::StoredNode with_key(model::StoredNode node, const link::JoinRequest& request,
                           const std::string& key_fingerprint, WallTime now) {
  node.machine_id = request.machine_id;
  node.key_fingerprint = key_fingerprint;
  ++node.revision;
  node.enrolled = now;
  node.leaving.reset();
  return node;
}

using NodePtr = std::shared_ptr<const store::Document<model::StoredNode>>;

/// The node in place of what is there, which may be nothing, and one more use of the token; nobody
/// else may have come between.
Edit make_edit(const model::StoredNode& node, const NodePtr& before,
               const store::Document<model::StoredJoinToken>& token) {
  auto node_key = store::keys::node(model::fold(node.name));
  auto token_key = store::keys::join_token(token.value.uid);
  auto used = token.value;
  ++used.used;
  Edit edit;
  edit.action = "node.join";
  edit.object = "node/" + node.name;
  if (before) edit.before = json::encode(before->value);
  edit.after = json::encode(node);
  edit.guards = {{node_key, before ? before->modified : 0}, {token_key, token.modified}};
  edit.writes = {{node_key, store::bytes(json::encode_text(node))},
                 {token_key, store::bytes(json::encode_text(used))}};
  return edit;
}

/// What is somebody's attempt, as opposed to our own trouble.
bool is_refusal(const Error& error) {
  return error.code == Errc::invalid || error.code == Errc::unauthenticated ||
         error.code == Errc::forbidden || error.code == Errc::exists;
}

}  // namespace

Enrolment::Enrolment(async::Loop& domain, const ClusterIdentity& cluster, store::Catalog& catalog,
                     Editor& editor, RefusalLog& refusals)
    : domain_(domain),
      cluster_(cluster),
      catalog_(catalog),
      editor_(editor),
      refusals_(refusals),
      locks_(domain) {}

Task<Result<link::JoinAnswer>> Enrolment::join(link::JoinRequest request, std::string from,
                                               std::string request_id) {
  Actor actor;
  actor.from = std::move(from);
  actor.request_id = std::move(request_id);
  auto name = request.name;
  auto applicant = check(std::move(request), actor);
  if (!applicant) {
    write_down(actor, name, applicant.error());
    co_return fail(applicant.error());
  }
  auto answer = co_await admit(*applicant);
  if (!answer && is_refusal(answer.error())) write_down(actor, name, answer.error());
  co_return answer;
}

Result<Enrolment::Applicant> Enrolment::check(link::JoinRequest request, Actor actor) const {
  TRY_ASSIGN(auto token, link::parse_join_token(request.token));
  if (!model::is_name(request.name))
    return fail_at("/name", Errc::invalid,
                   "expected a node's name of 1 to 63 letters, digits, dots, dashes and "
                   "underscores, starting with a letter or digit, got {}",
                   quote(request.name));
  if (request.machine_id.size() > kLongestMachineId)
    return fail_at("/machine_id", Errc::invalid, "expected at most {} characters, got {}",
                   kLongestMachineId, request.machine_id.size());
  TRY_ASSIGN(auto fingerprint, net::request_key_fingerprint(request.csr),
             "in the certificate request");
  return Applicant{std::move(request), std::move(actor), link::join_token_hash(token.secret),
                   std::move(fingerprint)};
}

Task<Result<link::JoinAnswer>> Enrolment::admit(Applicant applicant) {
  auto turn = co_await locks_.hold(applicant.token_hash);
  auto snapshot = catalog_.snapshot();
  CO_TRY_ASSIGN(auto token, find_token(*snapshot, applicant.token_hash, domain_.clock().wall()));
  applicant.actor.who = "join-token/" + token->value.uid;
  link::JoinAnswer answer;
  Decision decide = [&] { return decide_on(applicant, answer); };
  CO_TRY(co_await editor_.commit_decided(applicant.actor, decide));
  log::info("node joined",
            {{"node", answer.name}, {"uid", answer.node}, {"from", applicant.actor.from}});
  co_return answer;
}

Result<std::optional<Edit>> Enrolment::decide_on(const Applicant& applicant,
                                                 link::JoinAnswer& made) const {
  auto snapshot = catalog_.snapshot();
  auto now = domain_.clock().wall();
  const auto& request = applicant.request;
  TRY_ASSIGN(auto token, find_token(*snapshot, applicant.token_hash, now));
  const auto* taken = snapshot->nodes.find(model::fold(request.name));
  NodePtr before = taken ? *taken : nullptr;
  if (before && before->value.key_fingerprint == applicant.key_fingerprint) {
    TRY_ASSIGN(made, answer(applicant, before->value));
    return std::optional<Edit>();
  }
  TRY(check_not_removed(applicant.key_fingerprint, *snapshot));
  TRY(check_name(token->value, request.name));
  if (before) TRY(check_taken(token->value, before->value));
  TRY(check_uses(token->value));
  auto node = before ? with_key(before->value, request, applicant.key_fingerprint, now)
                     : make_node(request, applicant.key_fingerprint, token->value, now);
  // Certified before it is written down: a request that cannot be signed leaves no node behind.
  TRY_ASSIGN(made, answer(applicant, node));
  auto edit = make_edit(node, before, *token);
  if (before)
    std::ranges::move(remember_key(before->value, *snapshot, now), std::back_inserter(edit.writes));
  return std::optional<Edit>(std::move(edit));
}

void Enrolment::write_down(const Actor& actor, const std::string& name, const Error& why) {
  auto object = "node/" + (model::is_name(name) ? name : quote(name));
  refusals_.note(
      {"node.join", std::move(object), actor.from, actor.request_id, why.what, why.code, ""});
}

Result<link::JoinAnswer> Enrolment::answer(const Applicant& applicant,
                                           const model::StoredNode& node) const {
  TRY_ASSIGN(auto certificate,
             cluster_.certify(applicant.request.csr, node.uid, domain_.clock().wall()));
  link::JoinAnswer answer;
  answer.node = node.uid;
  answer.name = node.name;
  answer.cluster = cluster_.document.id;
  answer.server_name = cluster_.server_name();
  answer.certificate = std::move(certificate);
  answer.ca = cluster_.bundle();
  answer.managers = cluster_.managers;
  return answer;
}

}  // namespace reeve::manager
