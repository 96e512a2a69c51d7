#include "agent/testing/specs.hpp"

#include "json/codec.hpp"

namespace reeve::agent::testing {

model::ServiceList list(const std::string& uid, std::uint64_t version) {
  model::ServiceList made;
  made.service = uid;
  made.uid = uid;
  made.cluster = "c1";
  made.epoch = 1;
  made.version = version;
  made.revision = version;
  made.instances.emplace_back();
  made.instances[0].ip = *IpAddress::parse("10.0.0.1");
  made.instances[0].port = static_cast<std::uint16_t>(version);
  made.outputs.emplace_back();
  return made;
}

link::Upsert upsert(model::ServiceList list) {
  auto digest = link::list_digest(json::encode_text(list));
  return {std::move(digest), std::move(list), {}};
}

link::Upsert upsert(const std::string& uid, std::uint64_t version) {
  return upsert(list(uid, version));
}

model::PlacedProgram program(const std::string& uid, std::uint64_t version) {
  model::PlacedProgram made;
  made.uid = uid;
  made.name = uid;
  made.version = version;
  made.revision = version;
  made.command.arguments = {"sleep", std::to_string(1000 + version)};
  made.startsecs = 0;
  return made;
}

link::ProgramUpsert program_upsert(model::PlacedProgram program) {
  auto digest = link::list_digest(json::encode_text(program));
  return {std::move(digest), std::move(program)};
}

link::ProgramUpsert program_upsert(const std::string& uid, std::uint64_t version) {
  return program_upsert(program(uid, version));
}

link::Spec spec_of_programs(std::uint64_t version, std::vector<link::ProgramUpsert> programs) {
  auto spec = spec_of(version, {});
  spec.programs = std::move(programs);
  return spec;
}

link::Spec spec_of(std::uint64_t version, std::vector<link::Upsert> upserts) {
  link::Spec spec;
  spec.cluster = "c1";
  spec.epoch = 1;
  spec.version = version;
  spec.upserts = std::move(upserts);
  return spec;
}

HeldSpec held_spec(std::uint64_t version, const std::vector<link::Upsert>& upserts) {
  HeldSpec held{"c1", 1, version, {}, {}, {}};
  for (const auto& entry : upserts)
    held.lists[entry.list.uid] = {
        entry.digest, std::make_shared<const model::ServiceList>(entry.list), {}, {}};
  return held;
}

}  // namespace reeve::agent::testing
