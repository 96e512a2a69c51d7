// What agent and manager say to each other: one JSON text frame is one Message with one member set.
// Unknown fields and unknown members are ignored and kept (two minor versions either way); a
// Message with no member that we know is skipped.
//
//   agent                              manager
//   hello ───────────────────────────▶
//         ◀─────────────────────────── welcome (or goodbye, then close)
//         ◀─────────────────────────── spec     (whole, a delta, or none if current)
//   applied ─────────────────────────▶
//   report, heartbeat ───────────────▶
//         ◀─────────────────────────── renewal_wanted (or unasked, at half the certificate's life)
//   renew ───────────────────────────▶
//         ◀─────────────────────────── renewed
//   renewal_kept ────────────────────▶
//         ◀─────────────────────────── call, then credit as its stream is read; or cancel
//   (binary: pieces of the stream)
//   answer ──────────────────────────▶
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"
#include "model/list.hpp"
#include "model/on_disk.hpp"
#include "model/process.hpp"
#include "model/program.hpp"
#include "model/subscriber.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::link {

inline constexpr std::uint32_t kProtocol = 1;
/// Where managers await their agents.
inline constexpr std::uint16_t kPort = 7701;
/// What a hello's `features` name: an agent that answers calls.
inline constexpr const char* kCallsFeature = "calls";
/// An agent that runs programs: others are sent none.
inline constexpr const char* kProgramsFeature = "programs";

/// The agent's opening. `version` and `digest` say which spec it has applied; 0 and "" for none.
/// `instance` is random and the same for as long as the agent's process lives: a connection from it
/// takes the place of its last one. `trusts` are the SHA-256 of the CAs that it knows; `clock` is
/// what its machine's says.
struct Hello {
  std::string node;  // uid; must be the certificate's
  std::string agent_version;
  std::uint32_t protocol_min = kProtocol;
  std::uint32_t protocol_max = kProtocol;
  std::vector<std::string> features;
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::string digest;
  std::string instance;
  std::vector<std::string> trusts;
  std::optional<WallTime> clock;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Hello, (),
                      (node, agent_version, protocol_min, protocol_max, features, cluster, epoch,
                       version, digest, instance, trusts, clock))

struct Welcome {
  std::uint32_t protocol = kProtocol;
  std::string manager_version;
  std::string cluster;
  std::uint64_t epoch = 0;
  std::string name;         // the node's name now
  bool is_current = false;  // the agent's spec is the one it shall have: none follows
  Duration heartbeat = std::chrono::seconds(5);
  Duration lease = std::chrono::seconds(15);
  std::vector<std::string> managers;  // addresses to keep; none: keep those it has
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Welcome, (),
                      (protocol, manager_version, cluster, epoch, name, is_current, heartbeat,
                       lease, managers))

/// One list to have; `digest` is the manager's, over the list's text (link/digest.hpp).
struct Upsert {
  std::string digest;
  model::ServiceList list;
  json::Object unknown{};
  /// Not on the wire: why the list could not be read, of which then only service and uid are known.
  std::optional<std::string> fault{};
};
BOOST_DESCRIBE_STRUCT(Upsert, (), (digest, list))

/// One program to run, as an Upsert.
struct ProgramUpsert {
  std::string digest;
  model::PlacedProgram program;
  json::Object unknown{};
  std::optional<std::string> fault{};
};
BOOST_DESCRIBE_STRUCT(ProgramUpsert, (), (digest, program))

/// What the node shall have: all of it (`whole`), or what changed since `base`. One at a time is
/// under way: the next is sent when this one's `applied` has come.
struct Spec {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;  // of the store, when this was worked out
  bool whole = false;
  std::vector<Upsert> upserts;
  std::vector<std::string> removals;  // uids of services and programs
  /// Not given by managers that know of none: those that are here stay then, even if `whole`.
  std::optional<std::vector<ProgramUpsert>> programs{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Spec, (), (cluster, epoch, version, whole, upserts, removals, programs))

/// The agent's word about one list: what is on its disk now. With an `error`, `applied` is what
/// stood there before and still does. `removed` answers a list with `remove_files`.
struct ListWord {
  std::string service;  // uid
  std::optional<model::ListMark> applied;
  /// Of the list that is `applied`, as it came with it.
  std::optional<std::uint64_t> outputs_mark{};
  std::optional<std::string> error{};
  std::optional<bool> removed{};
  /// Of each output that has an `on_change` which has run or must not; none: not said.
  std::optional<std::vector<model::HookRun>> hooks{};
  std::optional<std::vector<model::FileDrift>> drifted{};
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(ListWord, (),
                      (service, applied, outputs_mark, error, removed, hooks, drifted))

/// The agent's word about one program: what it runs by, and how each process fares. With an `error`
/// it cannot run it as stated, or not take it in; what runs goes on. `removed`: nothing of it is
/// left on the node.
struct ProgramWord {
  std::string program;  // uid
  std::optional<model::ListMark> applied{};
  std::optional<std::string> error{};
  std::optional<bool> removed{};
  std::vector<model::ProcessStatus> processes{};
  json::Object unknown{};
};
BOOST_DESCRIBE_STRUCT(ProgramWord, (), (program, applied, error, removed, processes))

/// Answers one Spec, with a word for each upsert.
struct Applied {
  std::uint64_t version = 0;
  std::string digest;  // of the spec the agent has now
  std::vector<ListWord> lists;
  std::optional<std::vector<ProgramWord>> programs{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Applied, (), (version, digest, lists, programs))

/// What the agent sees, unasked: after welcome a word for each of its lists and programs, later for
/// those that changed (a retry that worked, drift, a process that ended). `clock` where somebody
/// set the machine's.
struct Report {
  std::vector<ListWord> lists;
  std::optional<WallTime> clock;
  std::optional<std::vector<ProgramWord>> programs{};
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Report, (), (lists, clock, programs))

/// Extends the node's lease. Not answered: a dead way back shows as unacknowledged TCP data.
struct Heartbeat {
  std::uint64_t sequence = 0;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Heartbeat, (), (sequence))

/// The agent's wish to have its key certified again. With a certificate that has expired this is
/// the one thing it may still do.
struct Renew {
  std::string csr;  // PEM, by the key that is enrolled
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Renew, (), (csr))

/// The answer: for the next connection, and the CAs to trust from then on.
struct Renewed {
  std::string certificate;  // PEM
  std::string ca;           // PEM, one or more
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Renewed, (), (certificate, ca))

/// Both are on the agent's disk.
struct RenewalKept {
  std::vector<std::string> trusts;  // as in Hello
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(RenewalKept, (), (trusts))

/// The manager asks for a Renew: the certificate has expired (instead of a welcome), or the CAs
/// have changed.
struct RenewalWanted {
  Duration within{};  // each agent at its own moment in this time; 0: at once
  std::string why;    // for people
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(RenewalWanted, (), (within, why))

/// The manager's wish that the agent does something now. What comes of it is a stream of bytes, in
/// binary frames (link/piece.hpp), of which the agent sends no more than it has credit for; then an
/// Answer. `deadline` counts from its arrival; nobody waits longer.
struct Call {
  std::uint64_t id = 0;  // never again on this connection
  std::string method;
  Duration deadline{};
  std::uint64_t credit = 0;  // bytes
  json::Value arguments;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Call, (), (id, method, deadline, credit, arguments))

/// The end of a call, after its stream. `code` (an Errc's name) and `message` where it failed.
struct Answer {
  std::uint64_t id = 0;
  std::optional<std::string> code;
  std::optional<std::string> message;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Answer, (), (id, code, message))

/// Nobody waits for the call any more: it is to end, and is not answered.
struct Cancel {
  std::uint64_t id = 0;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Cancel, (), (id))

/// So many bytes of the call's stream were read, and as many more may come.
struct Credit {
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Credit, (), (id, bytes))

/// The last word before closing. `code` is an Errc's name; the sentence is for an operator.
struct Goodbye {
  std::string code;
  std::string message;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Goodbye, (), (code, message))

struct Message {
  std::optional<Hello> hello;
  std::optional<Welcome> welcome;
  std::optional<Spec> spec;
  std::optional<Applied> applied;
  std::optional<Report> report;
  std::optional<Heartbeat> heartbeat;
  std::optional<Goodbye> goodbye;
  std::optional<Renew> renew;
  std::optional<Renewed> renewed;
  std::optional<RenewalKept> renewal_kept;
  std::optional<RenewalWanted> renewal_wanted;
  std::optional<Call> call;
  std::optional<Answer> answer;
  std::optional<Cancel> cancel;
  std::optional<Credit> credit;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(Message, (),
                      (hello, welcome, spec, applied, report, heartbeat, goodbye, renew, renewed,
                       renewal_kept, renewal_wanted, call, answer, cancel, credit))

/// `POST /join` on the link's port, over TLS whose CA the token's fingerprint vouches for.
struct JoinRequest {
  std::string token;
  std::string name;
  std::string machine_id;
  std::string agent_version;
  std::string csr;  // PEM
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(JoinRequest, (), (token, name, machine_id, agent_version, csr))

struct JoinAnswer {
  std::string node;  // uid
  std::string name;
  std::string cluster;
  std::string server_name;            // what the manager's certificate is for: manager.<cluster id>
  std::string certificate;            // PEM
  std::string ca;                     // PEM, one or more
  std::vector<std::string> managers;  // addresses to keep beside the one that answers
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(JoinAnswer, (), (node, name, cluster, server_name, certificate, ca, managers))

}  // namespace reeve::link
