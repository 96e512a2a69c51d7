#include "reeve_bench/spec_taker.hpp"

#include "link/codec.hpp"
#include "reeve_bench/frames.hpp"

#include <algorithm>
#include <utility>

namespace reeve::bench {
namespace {

link::Applied apply(agent::SpecChange change, agent::HeldSpec& held) {
  held.epoch = change.epoch;
  held.version = change.version;
  link::Applied applied;
  applied.version = change.version;
  for (auto& upsert : change.upserts) {
    link::ListWord word;
    word.service = upsert.list.uid;
    word.applied = model::ListMark{upsert.list.revision, upsert.list.version};
    applied.lists.push_back(std::move(word));
    auto& list = held.lists[upsert.list.uid];
    list.digest = std::move(upsert.digest);
    list.list = std::make_shared<const model::ServiceList>(std::move(upsert.list));
  }
  for (const auto& uid : change.removals) held.lists.erase(uid);
  for (auto& refusal : change.refusals) applied.lists.push_back(std::move(refusal));
  applied.digest = agent::digest_of(held);
  return applied;
}

}  // namespace

HeldSpecPtr SpecTaker::nothing(const std::string& cluster) {
  if (!nothing_ || nothing_->cluster != cluster) {
    agent::HeldSpec held;
    held.cluster = cluster;
    nothing_ = std::make_shared<const agent::HeldSpec>(std::move(held));
  }
  return nothing_;
}

Result<SpecTaker::Taken> SpecTaker::take(const HeldSpecPtr& held, const std::string& cluster,
                                         const FrameReader::MessagePtr& message) {
  if (held == last_held_ && message == last_message_) return last_;
  Taken taken;
  for (const auto& upsert : message->spec->upserts)
    taken.newest = std::max(taken.newest, upsert.list.version);
  TRY_ASSIGN(auto change, agent::work_out(*held, cluster, *message->spec));
  auto now = *held;
  link::Message answer;
  answer.applied = apply(std::move(change), now);
  taken.text = link::frame_of(answer);
  // The answer tells the digest of all that is held: with the same message and answer as before it
  // is the same, and agents who came to it on different ways share it from here.
  if (message == last_message_ && last_.held->cluster == cluster && *taken.text == *last_.text) {
    last_held_ = held;
    return last_;
  }
  taken.frame = std::make_shared<const std::string>(client_frame(Opcode::text, *taken.text));
  taken.held = std::make_shared<const agent::HeldSpec>(std::move(now));
  last_held_ = held;
  last_message_ = message;
  last_ = taken;
  return taken;
}

}  // namespace reeve::bench
