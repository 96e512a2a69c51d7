// A subscriber as the API shows it: what was pushed to a node, and what its agent says is there.
#pragma once

#include "model/on_disk.hpp"
#include "model/subscription.hpp"
#include "model/template_names.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::model {

/// Which list: `revision` names the content, `version` its place in time.
struct ListMark {
  std::uint64_t revision = 0;
  std::uint64_t version = 0;

  bool operator==(const ListMark&) const = default;
};
BOOST_DESCRIBE_STRUCT(ListMark, (), (revision, version))

/// waiting: nothing has been pushed to it yet.
enum class SubscriberState { current, pending, failed, down, waiting };
BOOST_DESCRIBE_ENUM(SubscriberState, current, pending, failed, down, waiting)

struct Subscriber {
  std::string node;
  std::vector<Output> outputs;
  std::optional<ListMark> pushed;   // what the node shall have
  std::optional<ListMark> applied;  // what its agent last said is on disk
  SubscriberState state = SubscriberState::pending;
  std::optional<std::string> error;
  std::optional<std::vector<HookRun>> hooks{};    // the last run of each output's on_change
  std::optional<std::vector<FileDrift>> drift{};  // files that somebody else changed or removed
};
BOOST_DESCRIBE_STRUCT(Subscriber, (), (node, outputs, pushed, applied, state, error, hooks, drift))

struct SubscriberRequest {
  std::vector<Output> outputs;  // none: the default output
};
BOOST_DESCRIBE_STRUCT(SubscriberRequest, (), (outputs))

constexpr auto rules(const SubscriberRequest*) {
  return std::array{json::field("outputs").items(0, 16)};
}
inline void validate(const SubscriberRequest& request, json::Faults& faults,
                     const json::Path& path) {
  check_template_names(request.outputs, faults, path / "outputs");
}

/// The entry for every node with these labels, now and later.
struct SelectorChoice {
  std::map<std::string, std::string> selector;
};
BOOST_DESCRIBE_STRUCT(SelectorChoice, (), (selector))

constexpr auto rules(const SelectorChoice*) {
  return std::array{json::field("selector").required().items(1, 64)};
}

struct SelectorRequest : SelectorChoice {
  std::vector<Output> outputs;  // none: the default output
};
BOOST_DESCRIBE_STRUCT(SelectorRequest, (SelectorChoice), (outputs))

constexpr auto rules(const SelectorRequest*) {
  return std::array{json::field("selector").required().items(1, 64),
                    json::field("outputs").items(0, 16)};
}
inline void validate(const SelectorRequest& request, json::Faults& faults, const json::Path& path) {
  check_template_names(request.outputs, faults, path / "outputs");
}

}  // namespace reeve::model
