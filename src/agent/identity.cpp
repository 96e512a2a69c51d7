#include "agent/identity.hpp"

#include <utility>

namespace reeve::agent {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;
constexpr sys::FileOwner kPrivate{.mode = 0600};

Result<std::string> read_part(sys::Files& files, const sys::Directory& folder, const char* name) {
  auto text = files.read_file(folder, name, kLargestFile);
  if (text || text.error().code != Errc::not_found) return text;
  return fail(Errc::corrupt, "{} is missing beside {}: put it back, or remove {} and join again",
              folder.path_of(name), Paths::kIdentity, folder.path().native());
}

Result<> write(sys::Files& files, const sys::Directory& folder, const char* name,
               const std::string& text) {
  return files.replace_file(folder, name, text, kPrivate, sys::Durability::flushed);
}

}  // namespace

Result<std::optional<Credentials>> load_credentials(sys::Files& files, const Paths& paths) {
  auto folder = files.open_directory(paths.folder());
  if (!folder && folder.error().code == Errc::not_found) return std::nullopt;
  if (!folder) return fail(std::move(folder.error()));
  auto text = files.read_file(*folder, Paths::kIdentity, kLargestFile);
  if (!text && text.error().code == Errc::not_found) return std::nullopt;
  if (!text) return fail(std::move(text.error()));

  Credentials found;
  TRY_ASSIGN(found.identity, json::decode_text<Identity>(*text, json::Mode::lenient), "in {}",
             paths.identity().native());
  TRY_ASSIGN(found.key_pem, read_part(files, *folder, Paths::kKey));
  TRY_ASSIGN(found.certificate_pem, read_part(files, *folder, Paths::kCertificate));
  TRY_ASSIGN(found.ca_pem, read_part(files, *folder, Paths::kCa));
  return found;
}

Result<> save_credentials(sys::Files& files, const Paths& paths, const Credentials& credentials) {
  TRY_ASSIGN(auto folder, files.open_directory(paths.folder()));
  TRY(write(files, folder, Paths::kKey, credentials.key_pem));
  TRY(write(files, folder, Paths::kCertificate, credentials.certificate_pem));
  TRY(write(files, folder, Paths::kCa, credentials.ca_pem));
  TRY(write(files, folder, Paths::kIdentity, json::encode_text(credentials.identity) + "\n"));
  auto removed = files.remove_file(folder, Paths::kRequest, sys::Durability::eventual);
  if (!removed && removed.error().code != Errc::not_found) return removed;
  return {};
}

Result<> save_certificate(sys::Files& files, const Paths& paths, const Credentials& credentials) {
  TRY_ASSIGN(auto folder, files.open_directory(paths.folder()));
  TRY(write(files, folder, Paths::kCertificate, credentials.certificate_pem));
  return write(files, folder, Paths::kCa, credentials.ca_pem);
}

Result<> save_identity(sys::Files& files, const Paths& paths, const Identity& identity) {
  TRY_ASSIGN(auto folder, files.open_directory(paths.folder()));
  return write(files, folder, Paths::kIdentity, json::encode_text(identity) + "\n");
}

Result<net::CertificateRequest> find_or_make_request(sys::Files& files, const Paths& paths) {
  TRY_ASSIGN(auto folder, files.open_directory(paths.folder()));
  auto key = files.read_file(folder, Paths::kKey, kLargestFile);
  auto request = files.read_file(folder, Paths::kRequest, kLargestFile);
  if (key && request) return net::CertificateRequest{std::move(*key), std::move(*request)};
  TRY_ASSIGN(auto made, net::make_request());
  TRY(write(files, folder, Paths::kKey, made.key_pem));
  TRY(write(files, folder, Paths::kRequest, made.request_pem));
  return made;
}

std::string read_machine_id(sys::Files& files) {
  auto etc = files.open_directory("/etc");
  if (!etc) return "";
  auto text = files.read_file(*etc, "machine-id", 256);
  if (!text) return "";  // a container may have none
  return text->substr(0, text->find('\n'));
}

}  // namespace reeve::agent
