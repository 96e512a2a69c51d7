#include "model/subscription.hpp"

#include "base/quote.hpp"
#include "json/template.hpp"
#include "model/file_words.hpp"
#include "model/name.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::model {
namespace {

void check_template(const Output& output, json::Faults& faults, const json::Path& path) {
  bool wants_one = output.format == Format::mustache;
  if (wants_one != output.template_.has_value())
    return faults.add(path, wants_one ? "format mustache needs a template"
                                      : "only format mustache takes a template");
  if (!output.template_) return;
  if (auto fault = json::template_fault(*output.template_))
    faults.add(path, fmt::format("not a mustache template: {}", *fault));
}

/// What useradd makes, what directories (LDAP, AD) add to that, and numbers.
bool is_account(std::string_view name) {
  auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.ends_with('$')) name.remove_suffix(1);
  return !name.empty() && name.size() <= 64 && is_plain(name.front()) &&
         std::ranges::all_of(
             name, [&](char c) { return is_plain(c) || c == '.' || c == '@' || c == '-'; });
}

void check_owner(const std::string& owner, json::Faults& faults, const json::Path& path) {
  auto [user, group] = split_owner(owner);
  bool is_good = is_account(user) && (group.empty() ? !owner.ends_with(':') : is_account(group));
  if (!is_good)
    faults.add(path, fmt::format("expected \"user\" or \"user:group\", got {}", quote(owner)));
}

void check_hook(const Output& output, json::Faults& faults, const json::Path& path) {
  if (!output.on_change) {
    if (output.debounce) faults.add(path / "debounce", "only an output with on_change takes one");
    return;
  }
  const auto& argv = *output.on_change;
  for (std::size_t i = 0; i < argv.size(); ++i)
    if (argv[i].find('\0') != std::string::npos)
      faults.add(path / "on_change" / i, "an argument must not hold a zero byte");
  if (!argv.empty() && !argv.front().starts_with('/'))
    faults.add(path / "on_change" / 0,
               fmt::format("expected the absolute path of a program, got {}", quote(argv.front())));
}

/// FNV-1a, 64 bits: subscribers are asked by the thousand.
class Marker {
 public:
  /// With its length, so that what ends here cannot be taken for what begins there.
  void add(std::string_view text) {
    add(text.size());
    for (char c : text) step(static_cast<unsigned char>(c));
  }
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) step((number >> shift) & 0xff);
  }
  std::uint64_t mark() const { return mark_; }

 private:
  void step(std::uint64_t byte) { mark_ = (mark_ ^ byte) * 1'099'511'628'211U; }

  std::uint64_t mark_ = 14'695'981'039'346'656'037U;
};

/// Only where they are said, each with its name: the marks of outputs from before them stay.
void add_later_fields(Marker& marker, const Output& output) {
  if (output.owner) {
    marker.add("owner");
    marker.add(*output.owner);
  }
  if (output.on_change) {
    marker.add("on_change");
    for (const auto& argument : *output.on_change) marker.add(argument);
  }
  if (output.debounce) {
    marker.add("debounce");
    marker.add(static_cast<std::uint64_t>(output.debounce->count()));
  }
  if (output.drift) {
    marker.add("drift");
    marker.add(static_cast<std::uint64_t>(*output.drift));
  }
}

}  // namespace

void validate(const Output& output, json::Faults& faults, const json::Path& path) {
  if (!is_octal_mode(output.mode))
    faults.add(path / "mode", fmt::format("expected octal permissions such as \"0644\", got {}",
                                          quote(output.mode)));
  check_template(output, faults, path / "template");
  if (output.owner) check_owner(*output.owner, faults, path / "owner");
  check_hook(output, faults, path);
  if (output.path) check_absolute_path(*output.path, faults, path / "path");
}

void validate(const Subscription& subscription, json::Faults& faults, const json::Path& path) {
  check_placement(subscription.nodes, subscription.selector, faults, path);
}

const std::vector<Output>& default_outputs() {
  static const std::vector<Output> outputs{Output{}};
  return outputs;
}

std::pair<std::string, std::string> split_owner(const std::string& owner) {
  auto colon = owner.find(':');
  if (colon == std::string::npos) return {owner, {}};
  return {owner.substr(0, colon), owner.substr(colon + 1)};
}

std::uint64_t outputs_mark(const std::vector<Output>& outputs) {
  Marker marker;
  for (const auto& output : outputs) {
    marker.add(static_cast<std::uint64_t>(output.format));  // only ever added to
    marker.add(output.path.value_or(""));
    marker.add(output.mode);
    for (const auto& [key, value] : output.select.value_or(std::map<std::string, std::string>())) {
      marker.add(key);
      marker.add(value);
    }
    marker.add(output.template_.value_or(""));
    add_later_fields(marker, output);
  }
  constexpr std::uint64_t kExactAsDouble = (std::uint64_t{1} << 53) - 1;
  return marker.mark() & kExactAsDouble;
}

const std::vector<Output>* outputs_for(const std::vector<Subscription>& subscriptions,
                                       const std::string& node, const Labels& labels) {
  auto outputs_of = [](const Subscription& entry) {
    return entry.outputs.empty() ? &default_outputs() : &entry.outputs;
  };
  for (const auto& entry : subscriptions)
    if (entry.nodes && names_node(*entry.nodes, node)) return outputs_of(entry);
  for (const auto& entry : subscriptions)
    if (entry.selector && matches(*entry.selector, labels)) return outputs_of(entry);
  return nullptr;
}

std::vector<Subscription>::const_iterator find_leaving(const std::vector<Subscription>& leaving,
                                                       const std::string& node) {
  auto folded = fold(node);
  return std::ranges::find_if(leaving, [&](const Subscription& entry) {
    return entry.nodes && !entry.nodes->empty() && fold(entry.nodes->front()) == folded;
  });
}

bool set_node_outputs(std::vector<Subscription>& subscriptions, const std::string& node,
                      const std::vector<Output>* outputs) {
  auto folded = fold(node);
  bool was_named = false;
  for (auto& entry : subscriptions) {
    if (!entry.nodes) continue;
    was_named |= std::erase_if(*entry.nodes, [&](const auto& n) { return fold(n) == folded; }) > 0;
  }
  std::erase_if(subscriptions,
                [](const auto& entry) { return entry.nodes && entry.nodes->empty(); });
  if (!outputs) return was_named;
  auto same = std::find_if(subscriptions.begin(), subscriptions.end(), [&](const auto& entry) {
    return entry.nodes && entry.outputs == *outputs;
  });
  if (same != subscriptions.end())
    same->nodes->push_back(node);
  else
    subscriptions.push_back({std::vector{node}, std::nullopt, *outputs});
  return true;
}

}  // namespace reeve::model
