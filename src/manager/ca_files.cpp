#include "manager/ca_files.hpp"

#include "base/time_text.hpp"

#include <optional>

namespace reeve::manager {
namespace {

constexpr const char* kKey = "ca.key";
constexpr const char* kCertificate = "ca.pem";
constexpr const char* kNextKey = "ca.next.key";
constexpr const char* kNextCertificate = "ca.next.pem";
constexpr std::size_t kMostBytes = 64 * 1024;
constexpr const char* kMend =
    "put it back from a backup; or, if no node has joined yet, remove ca.key and ca.pem and start "
    "again";

using Text = std::optional<std::string>;

Result<Text> read_if_there(sys::Files& files, const sys::Directory& folder, const char* name) {
  auto text = files.read_file(folder, name, kMostBytes);
  if (text) return Text(std::move(*text));
  if (text.error().code == Errc::not_found) return Text();
  return fail(text.error());
}

/// The key first: a key alone is what an interrupted start or rotation leaves.
Result<> write(sys::Files& files, const sys::Directory& folder, const char* key_name,
               const char* certificate_name, const net::Identity& ca) {
  constexpr auto kFlushed = sys::Durability::flushed;
  TRY(files.replace_file(folder, key_name, ca.key_pem, {.mode = 0600}, kFlushed));
  return files.replace_file(folder, certificate_name, ca.certificate_pem, {.mode = 0644}, kFlushed);
}

/// The certificate has taken its place: the key follows, and what is left over goes.
Result<> finish_adoption(sys::Files& files, const sys::Directory& folder) {
  constexpr auto kFlushed = sys::Durability::flushed;
  TRY_ASSIGN(auto key, files.read_file(folder, kNextKey, kMostBytes));
  TRY(files.replace_file(folder, kKey, key, {.mode = 0600}, kFlushed));
  TRY(files.remove_file(folder, kNextCertificate, kFlushed));
  return files.remove_file(folder, kNextKey, kFlushed);
}

Result<> finish_interrupted(sys::Files& files, const sys::Directory& folder) {
  TRY_ASSIGN(auto certificate, read_if_there(files, folder, kCertificate));
  TRY_ASSIGN(auto next, read_if_there(files, folder, kNextCertificate));
  bool is_interrupted = certificate && next && *certificate == *next;
  if (!is_interrupted) return {};
  return finish_adoption(files, folder);
}

Result<net::Identity> make(sys::Files& files, const sys::Directory& folder,
                           const std::string& common_name, WallTime now) {
  TRY_ASSIGN(auto ca, net::make_ca(common_name, now));
  TRY(write(files, folder, kKey, kCertificate, ca));
  return ca;
}

Result<> check(const sys::Directory& folder, const net::Identity& ca, WallTime now) {
  auto trial = net::issue_server(ca, {"trial"}, now);
  if (!trial)
    return fail(Errc::corrupt, "the certificate authority in \"{}\" is damaged: {}: {}",
                folder.path().native(), trial.error().what, kMend);
  TRY_ASSIGN(auto facts, net::read_certificate(ca.certificate_pem));
  if (facts.not_after <= now)
    return fail(Errc::invalid,
                "the certificate authority in \"{}\" was good until {}: check the machine's clock",
                folder.path().native(), format_time(facts.not_after));
  return {};
}

}  // namespace

Result<net::Identity> open_ca(sys::Files& files, const std::filesystem::path& path, CaFiles mode,
                              const std::string& common_name, WallTime now) {
  TRY_ASSIGN(auto folder, files.open_directory(path), "opening the certificate authority");
  TRY(finish_interrupted(files, folder), "finishing the rotation of the CA");
  TRY_ASSIGN(auto key, read_if_there(files, folder, kKey));
  TRY_ASSIGN(auto certificate, read_if_there(files, folder, kCertificate));
  if (!certificate && mode == CaFiles::may_be_made) return make(files, folder, common_name, now);
  if (!key && !certificate)
    return fail(Errc::corrupt,
                "the certificate authority of this cluster is missing, expected \"{}\" and \"{}\": "
                "put them back from a backup",
                folder.path_of(kKey), folder.path_of(kCertificate));
  if (!key || !certificate)
    return fail(Errc::corrupt, "\"{}\" is there but \"{}\" is missing: {}",
                folder.path_of(key ? kKey : kCertificate),
                folder.path_of(key ? kCertificate : kKey), kMend);
  net::Identity ca{std::move(*certificate), std::move(*key)};
  TRY(check(folder, ca, now));
  return ca;
}

Result<std::optional<net::Identity>> open_next_ca(sys::Files& files,
                                                  const std::filesystem::path& path) {
  TRY_ASSIGN(auto folder, files.open_directory(path));
  TRY_ASSIGN(auto certificate, read_if_there(files, folder, kNextCertificate));
  if (!certificate) return std::nullopt;
  TRY_ASSIGN(auto key, files.read_file(folder, kNextKey, kMostBytes),
             "a rotation of the CA is under way");
  return net::Identity{std::move(*certificate), std::move(key)};
}

Result<> save_next_ca(sys::Files& files, const std::filesystem::path& path,
                      const net::Identity& next) {
  TRY_ASSIGN(auto folder, files.open_directory(path));
  return write(files, folder, kNextKey, kNextCertificate, next);
}

Result<> adopt_next_ca(sys::Files& files, const std::filesystem::path& path) {
  TRY_ASSIGN(auto folder, files.open_directory(path));
  TRY_ASSIGN(auto next, files.read_file(folder, kNextCertificate, kMostBytes));
  TRY(files.replace_file(folder, kCertificate, next, {.mode = 0644}, sys::Durability::flushed));
  return finish_adoption(files, folder);
}

}  // namespace reeve::manager
