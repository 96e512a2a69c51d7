#include "discover/publish/publication.hpp"

#include "base/quote.hpp"
#include "discover/formats/render.hpp"

#include <algorithm>
#include <utility>

namespace reeve::discover {
namespace {

const std::vector<model::Output>& outputs_of(const model::ServiceList& list) {
  return list.outputs.empty() ? model::default_outputs() : list.outputs;
}

Result<PlannedFile> plan_file(const model::ServiceList& list, const model::Output& output,
                              const std::vector<std::string>& roots, const Digest& digest) {
  PlannedFile file;
  TRY_ASSIGN(file.place, place(output, list.service, roots));
  TRY_ASSIGN(file.mode, parse_mode(output.mode), "mode of {}", quote(file.place.path));
  TRY_ASSIGN(file.text, render(list, output), "text of {}", quote(file.place.path));
  file.digest = digest(file.text);
  file.owner = output.owner;
  file.keeps_drift = output.drift == model::Drift::report;
  return file;
}

// Where nothing may be written by now, nothing is removed either, and nobody is told.
Publication plan_removal(const model::ServiceList& list, const std::vector<std::string>& roots) {
  Publication publication;
  publication.service = list.uid;
  publication.is_removal = true;
  for (const auto& output : outputs_of(list)) {
    auto placed = place(output, list.service, roots);
    if (!placed) continue;
    PlannedFile file;
    file.place = std::move(*placed);
    publication.files.push_back(std::move(file));
  }
  return publication;
}

}  // namespace

Publication plan_files(const model::ServiceList& list, const std::vector<std::string>& roots,
                       const Digest& digest) {
  if (list.remove_files.value_or(false)) return plan_removal(list, roots);
  Publication publication;
  publication.service = list.uid;
  auto note = [&](std::string sentence) {
    if (!publication.error) publication.error = std::move(sentence);
  };
  for (const auto& output : outputs_of(list)) {
    auto file = plan_file(list, output, roots, digest);
    if (!file) {
      note(std::move(file.error().what));
      continue;
    }
    bool is_twice = std::ranges::any_of(
        publication.files, [&](const auto& other) { return other.place.path == file->place.path; });
    if (is_twice)
      note(fmt::format("two outputs lead to {}", quote(file->place.path)));
    else
      publication.files.push_back(std::move(*file));
  }
  return publication;
}

}  // namespace reeve::discover
