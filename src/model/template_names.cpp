#include "model/template_names.hpp"

#include "base/quote.hpp"
#include "json/nearest.hpp"
#include "json/template.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace reeve::model {
namespace {

using Names = std::vector<std::string_view>;
using Kind = json::TemplateTag::Kind;

/// What a section has brought: names beside those around it.
enum class Scope { nothing, list, instance, label, anything };

// As discover/formats/template_data.cpp fills them in; its test holds them together.
std::span<const std::string_view> names_of(Scope scope) {
  static constexpr std::array<std::string_view, 6> kList{"service", "description", "revision",
                                                         "version", "instances",   "eligible"};
  static constexpr std::array<std::string_view, 12> kInstance{
      "ip",       "port",   "address", "status",     "weight", "health",
      "eligible", "labels", "ports",   "label_list", "first",  "last"};
  static constexpr std::array<std::string_view, 2> kLabel{"key", "value"};
  switch (scope) {
    case Scope::list: return kList;
    case Scope::instance: return kInstance;
    case Scope::label: return kLabel;
    case Scope::nothing:
    case Scope::anything: return {};
  }
  return {};
}

class Scopes {
 public:
  bool knows(std::string_view name) const {
    if (name == "." || has(Scope::anything)) return true;
    auto dot = name.find('.');
    auto first = name.substr(0, dot);
    if (dot != std::string_view::npos) return has(Scope::instance) && has_members(first);
    auto known = names();
    return std::ranges::find(known, first) != known.end();
  }

  void enter(const json::TemplateTag& tag) {
    bool brings_names = tag.kind == Kind::section;
    open_.push_back(brings_names ? brought_by(tag.name) : Scope::nothing);
  }
  void leave() {
    if (open_.size() > 1) open_.pop_back();
  }

  /// Here, the nearest last.
  Names names() const {
    Names all;
    for (auto scope : open_)
      for (auto name : names_of(scope))
        if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    return all;
  }

 private:
  bool has(Scope scope) const { return std::ranges::find(open_, scope) != open_.end(); }
  static bool has_members(std::string_view name) { return name == "labels" || name == "ports"; }

  // An instance hides the lists around it, and a label the list that it is in.
  Scope brought_by(std::string_view name) const {
    if (!has(Scope::instance))
      return name == "instances" || name == "eligible" ? Scope::instance : Scope::nothing;
    if (has_members(name)) return Scope::anything;
    return name == "label_list" && !has(Scope::label) ? Scope::label : Scope::nothing;
  }

  std::vector<Scope> open_{Scope::list};
};

std::string fault_of(std::string_view name, const Names& known) {
  auto near = json::nearest(name, known);
  auto hint = near.empty() ? "" : fmt::format(", did you mean {}", quote(near));
  return fmt::format("unknown tag {}{}; here may stand {}", quote(fmt::format("{{{{{}}}}}", name)),
                     hint, fmt::join(known, ", "));
}

}  // namespace

std::optional<std::string> unknown_tag(const std::string& text) {
  Scopes scopes;
  for (const auto& tag : json::template_tags(text)) {
    if (tag.kind == Kind::end) {
      scopes.leave();
      continue;
    }
    if (!scopes.knows(tag.name)) return fault_of(tag.name, scopes.names());
    if (tag.kind != Kind::value) scopes.enter(tag);
  }
  return std::nullopt;
}

void check_template_names(const std::vector<Output>& outputs, json::Faults& faults,
                          const json::Path& path) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& text = outputs[i].template_;
    if (!text || json::template_fault(*text)) continue;
    if (auto fault = unknown_tag(*text)) faults.add(path / i / "template", std::move(*fault));
  }
}

}  // namespace reeve::model
