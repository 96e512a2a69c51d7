#include "discover/publish/place.hpp"

#include "base/quote.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace reeve::discover {
namespace {

constexpr std::size_t kLongestName = 255;  // NAME_MAX of Linux

std::string fill_in(std::string path, std::string_view service) {
  constexpr std::string_view kWord = "{service}";
  for (auto at = path.find(kWord); at != std::string::npos; at = path.find(kWord, at)) {
    path.replace(at, kWord.size(), service);
    at += service.size();
  }
  return path;
}

bool starts_with(const std::vector<std::string>& parts, const std::vector<std::string>& start) {
  return parts.size() >= start.size() && std::equal(start.begin(), start.end(), parts.begin());
}

/// The innermost root that the parts lie in, and how many parts it has itself.
struct Found {
  std::size_t root;
  std::size_t depth;
};

std::optional<Found> find_root(const std::vector<std::string>& parts,
                               const std::vector<std::string>& roots) {
  std::optional<Found> found;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    auto root = split_path(roots[i]);
    if (!root || !starts_with(parts, *root)) continue;
    if (!found || root->size() > found->depth) found = {i, root->size()};
  }
  return found;
}

Result<> check_name(const std::string& name, std::string_view path) {
  if (name.size() > kLongestName)
    return fail(Errc::invalid, "the file name of {} is longer than {} bytes", quote(path),
                kLongestName);
  if (name.ends_with(kBeforeReeve))
    return fail(Errc::invalid, "{} is kept for files that stood there before", quote(path));
  return {};
}

}  // namespace

Result<std::vector<std::string>> split_path(std::string_view path) {
  if (!path.starts_with('/'))
    return fail(Errc::invalid, "expected an absolute path, got {}", quote(path));
  if (path.find('\0') != std::string_view::npos)
    return fail(Errc::invalid, "a path must not hold a zero byte, got {}", quote(path));
  std::vector<std::string> parts;
  while (!path.empty()) {
    auto slash = path.find('/');
    auto part = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (part == "..") return fail(Errc::invalid, "a path must not hold \"..\"");
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

Result<Place> place(const model::Output& output, const std::string& service,
                    const std::vector<std::string>& roots) {
  if (roots.empty()) return fail(Errc::forbidden, "this node has no publish root");
  auto path = fill_in(output.path.value_or(roots.front() + "/{service}.conf"), service);
  TRY_ASSIGN(auto parts, split_path(path), "output {}", quote(path));
  auto found = find_root(parts, roots);
  if (!found)
    return fail(Errc::forbidden, "{} lies outside this node's publish roots ({})", quote(path),
                fmt::join(roots, ", "));
  if (path.ends_with('/') || parts.size() == found->depth)
    return fail(Errc::invalid, "expected the path of a file, got the folder {}", quote(path));
  TRY(check_name(parts.back(), path));

  Place placed;
  placed.root = found->root;
  placed.path = fmt::format("/{}", fmt::join(parts, "/"));
  placed.name = std::move(parts.back());
  placed.folders.assign(std::make_move_iterator(parts.begin() + static_cast<long>(found->depth)),
                        std::make_move_iterator(parts.end() - 1));
  return placed;
}

Result<unsigned> parse_mode(const std::string& text) {
  unsigned mode = 0;
  const char* end = text.data() + text.size();
  auto [stopped, code] = std::from_chars(text.data(), end, mode, 8);
  if (code != std::errc{} || stopped != end || mode > 0777)
    return fail(Errc::invalid, "expected octal permissions such as \"0644\", got {}", quote(text));
  return mode;
}

}  // namespace reeve::discover
