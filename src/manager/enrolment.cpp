#include "manager/enrolment.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "base/time_text.hpp"
#include "link/join_token.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager {
namespace {

constexpr int kTries = 5;
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
    return fail(Errc::forbidden, "this join token was good until {}: create another one",
                format_time(*token.expires));
  return *found;
}

Result<> check_uses(const model::StoredJoinToken& token) {
  if (!token.uses || token.used < *token.uses) return {};
  return fail(Errc::forbidden, "this join token was good for {} {} and is used up: create another",
              *token.uses, *token.uses == 1 ? "node" : "nodes");
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

/// The node, which must not be there yet, and one more use of the token, which nobody else may have
/// counted meanwhile.
Edit make_edit(const model::StoredNode& node,
               const store::Document<model::StoredJoinToken>& token) {
  auto node_key = store::keys::node(model::fold(node.name));
  auto token_key = store::keys::join_token(token.value.uid);
  auto used = token.value;
  ++used.used;
  Edit edit;
  edit.action = "node.join";
  edit.object = "node/" + node.name;
  edit.after = json::encode(node);
  edit.guards = {{node_key, 0}, {token_key, token.modified}};
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
                     Editor& editor)
    : domain_(domain),
      cluster_(cluster),
      catalog_(catalog),
      editor_(editor),
      refusals_(RateLimit::Settings{}),
      locks_(domain) {}

Task<Result<link::JoinAnswer>> Enrolment::join(link::JoinRequest request, std::string from,
                                               std::string request_id) {
  Actor actor;
  actor.from = std::move(from);
  actor.request_id = std::move(request_id);
  auto name = request.name;
  auto applicant = check(std::move(request), actor);
  if (!applicant) {
    co_await write_down(actor, name, applicant.error());
    co_return fail(applicant.error());
  }
  auto answer = co_await admit(*applicant);
  if (!answer && is_refusal(answer.error())) co_await write_down(actor, name, answer.error());
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
  for (int tries = 1;; ++tries) {
    auto answer = co_await try_admit(applicant);
    bool is_conflict = !answer && answer.error().code == Errc::conflict;
    if (!is_conflict || tries == kTries) co_return answer;
  }
}

Task<Result<link::JoinAnswer>> Enrolment::try_admit(Applicant applicant) {
  auto snapshot = catalog_.snapshot();
  auto now = domain_.clock().wall();
  const auto& request = applicant.request;
  CO_TRY_ASSIGN(auto token, find_token(*snapshot, applicant.token_hash, now));
  if (const auto* taken = snapshot->nodes.find(model::fold(request.name))) {
    const auto& node = (*taken)->value;
    if (node.key_fingerprint == applicant.key_fingerprint) co_return answer(applicant, node);
    co_return fail_at("/name", Errc::exists,
                      "a node named \"{}\" is enrolled: remove it first or choose another name",
                      node.name);
  }
  CO_TRY(check_uses(token->value));
  auto node = make_node(request, applicant.key_fingerprint, token->value, now);
  // Certified before it is written down: a request that cannot be signed leaves no node behind.
  CO_TRY_ASSIGN(auto signed_answer, answer(applicant, node));
  applicant.actor.who = "join-token/" + token->value.uid;
  CO_TRY(co_await editor_.commit(applicant.actor, make_edit(node, *token)), "joining");
  log::info("node joined",
            {{"node", node.name}, {"uid", node.uid}, {"from", applicant.actor.from}});
  co_return signed_answer;
}

Task<> Enrolment::write_down(Actor actor, std::string name, Error why) {
  if (!refusals_.allow(actor.from, domain_.now())) co_return;
  log::warning("join refused", {{"node", name}, {"from", actor.from}, {"why", why.what}});
  auto object = "node/" + (model::is_name(name) ? name : quote(name));
  co_await editor_.record_refusal(std::move(actor), "node.join", std::move(object), why.what);
}

Result<link::JoinAnswer> Enrolment::answer(const Applicant& applicant,
                                           const model::StoredNode& node) const {
  TRY_ASSIGN(auto certificate,
             net::sign_request(cluster_.ca, applicant.request.csr, cluster_.node_uri(node.uid),
                               domain_.clock().wall()));
  link::JoinAnswer answer;
  answer.node = node.uid;
  answer.name = node.name;
  answer.cluster = cluster_.document.id;
  answer.server_name = cluster_.server_name();
  answer.certificate = std::move(certificate);
  answer.ca = cluster_.ca.certificate_pem;
  return answer;
}

}  // namespace reeve::manager
