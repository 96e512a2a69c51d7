#include "manager/api/precondition.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <charconv>

namespace reeve::manager::api {
namespace {

std::optional<std::uint64_t> parse_tag(std::string_view tag) {
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"')
    tag = tag.substr(1, tag.size() - 2);
  std::uint64_t revision = 0;
  auto [end, ec] = std::from_chars(tag.data(), tag.data() + tag.size(), revision);
  if (ec != std::errc() || end != tag.data() + tag.size()) return std::nullopt;
  return revision;
}

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

Result<std::optional<Precondition::Tags>> Precondition::parse(const net::Request& request,
                                                              std::string_view header) {
  auto value = request.headers.find(header);
  if (!value) return std::optional<Tags>();
  Tags tags;
  if (trimmed(*value) == "*") {
    tags.is_any = true;
    return std::optional(tags);
  }
  for (auto rest = *value; !rest.empty();) {
    auto comma = rest.find(',');
    auto tag = trimmed(rest.substr(0, comma));
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    auto revision = parse_tag(tag);
    if (!revision)
      return fail(Errc::invalid, "expected a revision such as {}: \"3\", or *, got {}", header,
                  quote(tag));
    tags.revisions.push_back(*revision);
  }
  return std::optional(tags);
}

Result<Precondition> Precondition::of(const net::Request& request) {
  Precondition precondition;
  TRY_ASSIGN(precondition.match_, parse(request, "If-Match"));
  TRY_ASSIGN(precondition.none_match_, parse(request, "If-None-Match"));
  return precondition;
}

bool Precondition::Tags::holds(std::optional<std::uint64_t> revision) const {
  return revision && (is_any || std::ranges::find(revisions, *revision) != revisions.end());
}

Result<> Precondition::check(std::string_view what, std::optional<std::uint64_t> revision) const {
  if (match_ && !match_->holds(revision)) {
    if (!revision) return fail(Errc::stale, "there is no {} to match", what);
    return fail(Errc::stale, "{} is at revision {} now, which If-Match does not name", what,
                *revision);
  }
  if (none_match_ && none_match_->holds(revision))
    return fail(Errc::stale, "{} is there, at revision {}", what, *revision);
  return {};
}

std::string etag(std::uint64_t revision) { return fmt::format("\"{}\"", revision); }

}  // namespace reeve::manager::api
