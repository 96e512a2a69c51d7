#include "cli/commands/program_logs.hpp"

#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/terminal/words.hpp"
#include "model/process.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::cli {

namespace {

constexpr std::string_view kAll = "all";
constexpr std::string_view kUsualTail = "100";

struct Given {
  std::string program;
  std::vector<std::string> nodes;
  std::vector<std::string> processes;
  std::optional<std::string> tail;
  std::optional<std::string> since;
  bool follow = false;
  bool is_stderr = false;
  bool timestamps = false;
};

/// With --json a line of output is one of these, on a line of its own.
struct LogLine {
  std::string node;
  std::string process;
  std::string line;  // with its time before it, if that was asked for
};
BOOST_DESCRIBE_STRUCT(LogLine, (), (node, process, line))

struct Source {
  std::string node;
  std::string process;
  std::string path;
  std::string label{};  // before each line, where there are several
  std::string begun{};  // of a line whose end has not come
};

Result<> check(const Given& given) {
  if (!given.tail || *given.tail == kAll) return {};
  std::uint64_t lines = 0;
  const char* end = given.tail->data() + given.tail->size();
  auto [stop, ec] = std::from_chars(given.tail->data(), end, lines);
  if (ec != std::errc() || stop != end)
    return fail(Errc::invalid, "--tail: expected a number of lines, or \"all\"");
  return {};
}

std::string query_of(const Given& given) {
  std::string query = given.is_stderr ? "?stream=stderr" : "?stream=stdout";
  // Who names a moment wants all since then.
  auto tail = given.tail.value_or(std::string(given.since ? kAll : kUsualTail));
  if (tail != kAll) query += "&tail=" + tail;
  if (given.since) query += "&since=" + net::percent_encode(*given.since);
  if (given.follow) query += "&follow=true";
  if (given.timestamps) query += "&timestamps=true";
  return query;
}

bool is_named(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

Result<std::vector<Source>> sources_of(Session& session, Client& client, const Given& given) {
  auto path = api_path({"programs", given.program, "processes"});
  TRY_ASSIGN(auto processes, client.list<model::Process>(path));
  std::vector<Source> sources;
  for (const auto& one : processes.items)
    if (is_named(given.nodes, one.node) && is_named(given.processes, one.process))
      sources.push_back({one.node, one.process,
                         path + api_path({one.node, one.process, "log"}) + query_of(given)});
  if (sources.empty())
    return fail(Errc::not_found,
                "program \"{0}\" has no such process; `{1} program get {0}` shows "
                "which there are",
                given.program, session.again());
  if (sources.size() == 1) return sources;
  std::size_t width = 0;
  for (auto& one : sources) {
    one.label = one.process == given.program ? one.node : one.node + '/' + one.process;
    width = std::max(width, one.label.size());
  }
  for (auto& one : sources) one.label.resize(width, ' ');
  return sources;
}

class Printer {
 public:
  Printer(const Session& session, std::vector<Source>& sources)
      : session_(session), sources_(sources), is_raw_(sources.size() == 1 && !as_json()) {}

  Result<> take(std::size_t which, std::string_view part) {
    auto& source = sources_[which];
    if (is_raw_) return put(part);
    source.begun += part;
    auto end = source.begun.rfind('\n');
    // A line without an end is told in pieces.
    constexpr std::size_t kLongest = std::size_t{1} << 20;
    if (end == source.begun.npos && source.begun.size() < kLongest) return {};
    auto lines = source.begun.substr(0, end == source.begun.npos ? end : end + 1);
    source.begun.erase(0, lines.size());
    return put(lines_text(source, lines));
  }

  Result<> finish() {
    for (auto& source : sources_) TRY(put(lines_text(source, std::exchange(source.begun, {}))));
    return {};
  }

 private:
  bool as_json() const { return session_.globals().json; }

  static Result<> put(std::string_view text) {
    if (text.empty() || print(text)) return {};
    return fail(Errc::io, "nobody takes the output");
  }

  std::string lines_text(const Source& source, std::string_view lines) const {
    std::string text;
    while (!lines.empty()) {
      auto end = lines.find('\n');
      auto line = lines.substr(0, end);
      lines = end == lines.npos ? std::string_view() : lines.substr(end + 1);
      if (as_json()) {
        text += json::encode_text(LogLine{source.node, source.process, std::string(line)}) + "\n";
        continue;
      }
      text += paint(source.label + " |", Tone::faint, session_.out());
      text += ' ';
      text += line;
      text += '\n';
    }
    return text;
  }

  const Session& session_;
  std::vector<Source>& sources_;
  bool is_raw_;
};

Result<std::vector<Result<>>> read(Client& client, const std::vector<Source>& sources,
                                   Printer& printer, bool at_once) {
  if (at_once) {
    std::vector<std::string> paths;
    paths.reserve(sources.size());
    for (const auto& source : sources) paths.push_back(source.path);
    return client.read_all(
        paths, [&](std::size_t which, std::string_view part) { return printer.take(which, part); });
  }
  std::vector<Result<>> outcomes;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    TRY_ASSIGN(auto outcome, client.read_all({sources[i].path}, [&](std::size_t, auto part) {
      return printer.take(i, part);
    }));
    outcomes.push_back(std::move(outcome.front()));
  }
  return outcomes;
}

Result<Answer> show_logs(Session& session, const Given& given) {
  TRY_ASSIGN(Client * client, session.client());
  TRY_ASSIGN(auto sources, sources_of(session, *client, given));
  client->heed_interrupts();
  Printer printer(session, sources);
  auto outcomes = read(*client, sources, printer, given.follow);
  if (client->is_interrupted()) return fail(Errc::cancelled, "");
  if (!outcomes) return fail(outcomes.error());
  TRY(printer.finish());
  Answer answer;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& outcome = (*outcomes)[i];
    if (outcome) continue;
    answer.has_failed = true;
    Error why = outcome.error();
    why.what =
        fmt::format("the output of {} on {}: {}", sources[i].process, sources[i].node, why.what);
    if (sources.size() == 1) return fail(std::move(why));
    std::fputs(error_text(why).c_str(), stderr);
  }
  return answer;
}

}  // namespace

void add_program_logs(Command& program) {
  auto given = std::make_shared<Given>();
  Command logs = program.add("logs", "show what its processes write");
  logs.teach(
      "Of several processes each line begins with its node, and its process where there are\n"
      "several of one program. What lies in rotated files is shown too.\n"
      "\n"
      "Examples:\n"
      "  reeve program logs web -f\n"
      "  reeve program logs web --since 10m -t --node web-1\n"
      "  reeve program logs web --stderr --tail all > web.log");
  logs.argument("PROGRAM", given->program, "its name")
      .flag("--follow,-f", given->follow, "go on with what comes, until Ctrl-C")
      .option("--node", "NODE", given->nodes, "only there; may be repeated")
      .option("--process", "PROCESS", given->processes, "only this one of several; may be repeated")
      .flag("--stderr", given->is_stderr, "what they write to standard error")
      .option("--tail", "LINES", given->tail,
              "the last lines of each; 100 if not given, or all with --since")
      .option("--since", "TIME", given->since,
              "2026-11-23T05:00:00Z, or 10m for the last ten minutes")
      .flag("--timestamps,-t", given->timestamps, "put before each line when it came")
      .check([given] { return check(*given); })
      .client([given](Session& session) { return show_logs(session, *given); });
}

}  // namespace reeve::cli
