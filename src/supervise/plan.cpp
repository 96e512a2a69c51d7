#include "supervise/plan.hpp"

#include "keeper/life.hpp"

namespace reeve::supervise {
namespace {

void add_steps(const std::string& name, const Wanted& wanted, const keeper::Report& report,
               std::vector<Step>& steps) {
  if (report.mark != wanted.mark) steps.push_back({Deed::set, name});
  bool shall_run = wanted.autostart && !wanted.stopped;
  bool waits_to_run = keeper::has_process(report.state) || report.state == keeper::State::backoff;
  // Whoever stopped it is in the list of the stopped; else it was the end of the keeper.
  if (shall_run && report.state == keeper::State::stopped) steps.push_back({Deed::start, name});
  if (wanted.stopped && waits_to_run && report.state != keeper::State::stopping)
    steps.push_back({Deed::stop, name});
}

}  // namespace

std::vector<Step> work_out(const std::map<std::string, Wanted>& wanted,
                           const std::set<std::string>& kept, const Reports& reports) {
  std::vector<Step> steps;
  for (const auto& [name, report] : reports) {
    if (wanted.contains(name) || kept.contains(name)) continue;
    if (!keeper::has_process(report.state))
      steps.push_back({Deed::remove, name});
    else if (report.state != keeper::State::stopping)
      steps.push_back({Deed::stop, name});
  }
  for (const auto& [name, process] : wanted) {
    auto report = reports.find(name);
    if (report != reports.end()) {
      add_steps(name, process, report->second, steps);
      continue;
    }
    bool shall_run = process.autostart && !process.stopped;
    steps.push_back({shall_run ? Deed::set_and_start : Deed::set, name});
  }
  return steps;
}

}  // namespace reeve::supervise
