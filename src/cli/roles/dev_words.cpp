#include "cli/roles/dev_words.hpp"

#include "cli/environment.hpp"
#include "cli/output.hpp"
#include "cli/roles/demo.hpp"
#include "cli/terminal/words.hpp"

namespace reeve::cli {

namespace {

// How to say which manager is meant, where the commands would not find it by themselves.
std::string data_option(const std::filesystem::path& data) {
  auto usual = data_folder(std::nullopt);
  bool is_found = usual && *usual == data && !environment("REEVE_ADDR");
  return is_found ? "" : " --data " + shell_word(data.string());
}

}  // namespace

DevWords::DevWords(const Session& session) : session_(session), begun_(session.clock().now()) {}

long long DevWords::milliseconds() const {
  return (session_.clock().now() - begun_) / std::chrono::milliseconds(1);
}

void DevWords::step(std::string_view what) const {
  print(paint(fmt::format("{:>6} ms  ", milliseconds()), Tone::faint, session_.out()) +
        std::string(what) + "\n");
}

void DevWords::ready() const {
  print(paint(fmt::format("ready in {} ms\n", milliseconds()), Tone::good, session_.out()));
}

void DevWords::list_file(const std::filesystem::path& path) const {
  auto text = read_file(path);
  if (!text) {
    print(fmt::format("\n{}: {}\n\n", path.string(), text.error().what));
    return;
  }
  print(fmt::format("\n{}\n{}{}\n", paint(path.string(), Tone::strong, session_.out()), *text,
                    text->ends_with('\n') ? "" : "\n"));
}

void DevWords::what_next(const DevFile& file, bool has_demo) const {
  std::string program = shell_word(session_.program());
  std::string data = data_option(file.data);
  std::string text = "\n" + paint("Try next", Tone::strong, session_.out()) + "\n";
  auto command = [&](std::string_view words) {
    text += fmt::format("  {} {}{}\n", program, words, data);
  };
  command("status");
  if (has_demo) {
    command(fmt::format("service get {}", Demo::kService));
    command(fmt::format("instance offline {} {}", Demo::kService, Demo::kInstance));
    command(fmt::format("instance online {} {}", Demo::kService, Demo::kInstance));
    command("audit");
  } else {
    command("service apply --help");
    command("node ls");
    command("join-token create");
    command("dev --demo");
  }
  text += fmt::format("\nAPI        {}/api/v1\nThis node  {} ({})\nData       {}\n", file.console,
                      file.node, file.agent, file.data.string());
  text += "Ctrl-C ends it.\n";
  print(text);
}

}  // namespace reeve::cli
