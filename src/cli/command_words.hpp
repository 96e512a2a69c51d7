// What command.cpp says of a command: what was meant by words that cannot be understood, what its
// arguments call the fields of a request, and which of the examples above are its own. Nobody else
// includes it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace reeve::cli {

/// "reeve service push"
std::string path_of(const CLI::App* app);

/// The command that a person may have meant, as " (did you mean …?)"; else of a few commands all.
std::string suggestion(const CLI::App& app, std::string_view word);

/// Of a word that nothing takes, as a sentence.
std::string unexpected(const CLI::App& app, const std::string& word);

/// `words` say what is required; with what stands there instead.
std::string missing(const CLI::App& app, const std::string& words);

/// What the arguments call a field of the request that was made of them: `/outputs/0/path` is
/// --path, `?limit` is --limit, `/name` is NAME. What they have no name for stays as it is.
std::string argument_of(const CLI::App& app, const std::string& field);

/// The teaching of the command above, with those of its examples that show the command `path`.
std::string own_examples(const std::string& teaching, const std::string& path);

}  // namespace reeve::cli
