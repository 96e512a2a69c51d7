// The agent's folder, drawn once. Everything in it is the agent's own: folders 0700, files 0600.
//
//   <data>/agent/
//     agent.sock      its local API; may lie elsewhere
//     identity.json   who this node is and whom it joined; written last, so: it is here = it joined
//     key.pem         the node's private key, which never leaves the machine
//     request.pem     the wish to have that key certified; only until it has joined
//     cert.pem        its certificate
//     ca.pem          the cluster's certificate authority
//     stopped.json    which processes people stopped
//     spec/           what this node shall have, as last told and durable
//       head.json     which spec this is, and the files that removed lists left behind
//       <uid>.json    one list of that service, and the files that Reeve made of it
//       <uid>.program.json  one program
//       *.damaged     what could not be read, set aside for a person to look at
//
// A value type; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace reeve::agent {

class Paths {
 public:
  static constexpr const char* kSocket = "agent.sock";
  static constexpr const char* kIdentity = "identity.json";
  static constexpr const char* kKey = "key.pem";
  static constexpr const char* kRequest = "request.pem";
  static constexpr const char* kCertificate = "cert.pem";
  static constexpr const char* kCa = "ca.pem";
  static constexpr const char* kSpec = "spec";
  static constexpr const char* kHead = "head.json";
  static constexpr std::string_view kListSuffix = ".json";
  static constexpr std::string_view kProgramSuffix = ".program.json";
  static constexpr std::string_view kDamagedSuffix = ".damaged";

  explicit Paths(std::filesystem::path data) : data_(std::move(data)) {}

  std::filesystem::path data() const { return data_; }
  std::filesystem::path folder() const { return data_ / "agent"; }
  std::filesystem::path socket() const { return folder() / kSocket; }
  std::filesystem::path identity() const { return folder() / kIdentity; }
  std::filesystem::path spec() const { return folder() / kSpec; }
  std::filesystem::path keeper() const { return data_ / "keeper"; }
  /// Of programs that name no file of their own.
  std::filesystem::path logs() const { return data_ / "logs"; }
  /// The publish root of a node that names none.
  std::filesystem::path lists() const { return data_ / "lists"; }

 private:
  std::filesystem::path data_;
};

}  // namespace reeve::agent
