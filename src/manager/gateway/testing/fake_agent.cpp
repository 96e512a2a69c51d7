#include "manager/gateway/testing/fake_agent.hpp"

#include "base/check.hpp"
#include "link/digest.hpp"

namespace reeve::manager::testing {

FakeAgent::FakeAgent(async::Loop& loop, std::string address) : loop_(loop) {
  peer_.endpoint = {std::move(address), 40000};
}

void FakeAgent::says(link::Message message) { sends(*link::frame_of(message)); }

void FakeAgent::says_hello(const std::string& node) {
  link::Message message;
  message.hello.emplace();
  message.hello->node = node;
  message.hello->agent_version = "0.1.0";
  says(std::move(message));
}

void FakeAgent::says_hello_with_programs(const std::string& node) {
  link::Message message;
  message.hello.emplace();
  message.hello->node = node;
  message.hello->agent_version = "0.1.0";
  message.hello->features = {link::kCallsFeature, link::kProgramsFeature};
  says(std::move(message));
}

void FakeAgent::applies() {
  CHECK(answer_);
  link::Message message;
  message.applied = std::exchange(answer_, std::nullopt);
  says(std::move(message));
}

void FakeAgent::sends(std::string frame, net::FrameKind kind) {
  loop_.post([self = shared_from_this(), frame = std::move(frame), kind] {
    if (self->is_open_) self->events_.on_frame(frame, kind);
  });
}

void FakeAgent::breaks() { close(net::CloseCode::internal, "connection reset"); }

std::optional<link::Welcome> FakeAgent::welcome() const {
  for (const auto& message : heard_)
    if (message.welcome) return message.welcome;
  return std::nullopt;
}

std::optional<link::Goodbye> FakeAgent::goodbye() const {
  return heard_.empty() ? std::nullopt : heard_.back().goodbye;
}

std::optional<link::RenewalWanted> FakeAgent::renewal_wanted() const {
  for (const auto& message : heard_)
    if (message.renewal_wanted) return message.renewal_wanted;
  return std::nullopt;
}

std::optional<link::Renewed> FakeAgent::renewed() const {
  std::optional<link::Renewed> newest;
  for (const auto& message : heard_)
    if (message.renewed) newest = message.renewed;
  return newest;
}

std::vector<link::Spec> FakeAgent::specs() const {
  std::vector<link::Spec> specs;
  for (const auto& message : heard_)
    if (message.spec) specs.push_back(*message.spec);
  return specs;
}

void FakeAgent::start(net::SocketEvents events) { events_ = std::move(events); }

void FakeAgent::send(net::Frame frame, net::FrameKind kind) {
  if (!is_open_) return;
  auto message = link::decode_message(*frame, kind);
  CHECK(message);
  if (message->spec) take_spec(*message->spec);
  heard_.push_back(std::move(*message));
}

void FakeAgent::close(net::CloseCode, std::string reason) {
  if (!std::exchange(is_open_, false)) return;
  loop_.post([self = shared_from_this(), reason = std::move(reason)] {
    if (auto closed = std::exchange(self->events_, {}).on_closed) closed(reason);
  });
}

void FakeAgent::take_spec(const link::Spec& spec) {
  if (spec.whole) lists_.clear();
  answer_.emplace();
  answer_->version = spec.version;
  for (const auto& upsert : spec.upserts) {
    CHECK(upsert.digest == link::list_digest(json::encode_text(upsert.list)));
    lists_[upsert.list.uid] = upsert.digest;
    link::ListWord word;
    word.service = upsert.list.uid;
    if (upsert.list.remove_files)
      word.removed = true;
    else
      word.applied = model::ListMark{upsert.list.revision, upsert.list.version};
    word.outputs_mark = upsert.list.outputs_mark;
    answer_->lists.push_back(std::move(word));
  }
  if (spec.programs) answer_->programs.emplace();
  for (const auto& upsert : spec.programs.value_or(std::vector<link::ProgramUpsert>())) {
    CHECK(upsert.digest == link::list_digest(json::encode_text(upsert.program)));
    lists_[upsert.program.uid] = upsert.digest;
    link::ProgramWord word{.program = upsert.program.uid};
    word.applied = model::ListMark{upsert.program.revision, upsert.program.version};
    answer_->programs->push_back(std::move(word));
  }
  for (const auto& removal : spec.removals) lists_.erase(removal);
  answer_->digest = link::spec_digest(lists_);
}

}  // namespace reeve::manager::testing
