#include "manager/bootstrap.hpp"

#include "manager/token_secret.hpp"
#include "net/digest.hpp"
#include "store/catalog/keys.hpp"
#include "sys/folders.hpp"

namespace reeve::manager {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTokenFile = "administrator.token";
constexpr const char* kTokenName = "administrator";
constexpr std::size_t kMostTokenBytes = 4096;

// What manager.json says, for the client commands of this machine.
struct ManagerFile {
  std::string console;
  std::string token;
  std::string data;
};
BOOST_DESCRIBE_STRUCT(ManagerFile, (), (console, token, data))

Result<> make_own_folder(const fs::path& data) {
  TRY(sys::make_open_folders(data));
  sys::RealFiles files;
  TRY_ASSIGN(auto folder, files.open_directory(data));
  TRY(files.create_child(folder, "manager", {.mode = 0700}));
  return {};
}

}  // namespace

Result<> make_folders(const fs::path& data) {
  auto made = make_own_folder(data);
  if (made) return {};
  return fail(made.error().code,
              "cannot make the folder: {}; make it writable, or name another with --data",
              made.error().what);
}

std::string local_url(const net::Endpoint& listening) {
  auto reached = listening;
  auto ip = IpAddress::parse(listening.host);
  if (reached.host.empty() || (ip && ip->is_any()))
    reached.host = ip && ip->is_v6() ? "::1" : "127.0.0.1";
  return "http://" + reached.to_string();
}

Bootstrap::Bootstrap(const sys::Clock& clock, const store::Catalog& catalog, Editor& editor,
                     async::BlockingPool& pool, sys::Files& files, fs::path data)
    : clock_(clock),
      catalog_(catalog),
      editor_(editor),
      pool_(pool),
      files_(files),
      data_(std::move(data)) {}

bool Bootstrap::is_good(const std::string& token) const {
  auto snapshot = catalog_.snapshot();
  const auto* found = snapshot->tokens_by_hash.find(net::sha256(token));
  if (!found) return false;
  const auto& known = (*found)->value;
  return known.role == model::Role::administrator &&
         (!known.expires || *known.expires > clock_.wall());
}

Task<Result<std::string>> Bootstrap::read_token() {
  std::function<Result<std::string>()> read = [this]() -> Result<std::string> {
    TRY_ASSIGN(auto folder, files_.open_directory(data_ / "manager"));
    auto text = files_.read_file(folder, kTokenFile, kMostTokenBytes);
    if (!text && text.error().code == Errc::not_found) return std::string();
    return text;
  };
  CO_TRY_ASSIGN(auto text, co_await pool_.run(std::move(read)));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  co_return text;
}

Task<Result<>> Bootstrap::write(fs::path folder, std::string name, std::string text,
                                sys::Durability durability) {
  std::function<Result<>()> replace = [&]() -> Result<> {
    TRY_ASSIGN(auto directory, files_.open_directory(folder));
    return files_.replace_file(directory, name, text, {.mode = 0600}, durability);
  };
  co_return co_await pool_.run(std::move(replace));
}

Task<Result<std::string>> Bootstrap::administrator_token() {
  CO_TRY_ASSIGN(auto token, co_await read_token(), "reading the administrator's token");
  if (!token.empty() && is_good(token)) co_return token;
  CO_TRY_ASSIGN(token, co_await make_administrator(), "making the administrator's token");
  co_return token;
}

// The file first: a token that nobody has would stay in the store for ever.
Task<Result<std::string>> Bootstrap::make_administrator() {
  model::TokenRequest asked;
  asked.name = kTokenName;
  asked.role = model::Role::administrator;
  auto made = make_token(asked, "reeve", clock_.wall());
  CO_TRY(
      co_await write(data_ / "manager", kTokenFile, made.secret + "\n", sys::Durability::flushed));
  Edit edit;
  edit.action = "token.create";
  edit.object = std::string("token/") + kTokenName;
  edit.after = json::encode(made.shown);
  edit.writes.push_back(write_of(made));
  auto snapshot = catalog_.snapshot();
  for (const auto& [uid, token] : snapshot->tokens)
    if (token->value.name == kTokenName) edit.writes.push_back({store::keys::token(uid), nullptr});
  CO_TRY(co_await editor_.commit(ourselves(), std::move(edit)));
  co_return made.secret;
}

Task<Result<>> Bootstrap::write_manager_json(net::Endpoint console, std::string token) {
  ManagerFile file{local_url(console), std::move(token), data_.native()};
  // Written anew at each start: nothing is lost with it.
  auto work =
      write(data_, "manager.json", json::encode_text(file) + "\n", sys::Durability::eventual);
  CO_TRY(co_await std::move(work), "writing manager.json");
  co_return Result<>();
}

}  // namespace reeve::manager
