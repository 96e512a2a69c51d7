#include "manager/api/read_marks.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

// Rising and each once, none that `upto` covers or that is gone; `upto` as far as nothing before it
// is unread.
void tidy(model::ReadMarks& marks, const store::Snapshot& snapshot) {
  auto& single = marks.notices;
  std::ranges::sort(single);
  single.erase(std::unique(single.begin(), single.end()), single.end());
  if (single.size() > kMostReadMarks)
    marks.upto = std::max(marks.upto, single[single.size() - kMostReadMarks - 1]);
  auto at = snapshot.notices.lower_bound(marks.upto);
  for (; at != snapshot.notices.end(); ++at) {
    if (at->key == marks.upto) continue;
    if (!std::ranges::binary_search(single, at->key)) break;
    marks.upto = at->key;
  }
  std::erase_if(single, [&](const std::string& uid) {
    return uid <= marks.upto || !snapshot.notices.find(uid);
  });
}

}  // namespace

const model::ReadMarks& read_marks_of(const store::Snapshot& snapshot, std::string_view reader) {
  static const model::ReadMarks none;
  const auto* found = snapshot.read_marks.find(reader);
  return found ? (*found)->value : none;
}

bool is_read(const model::ReadMarks& marks, std::string_view notice) {
  return notice <= marks.upto || std::ranges::binary_search(marks.notices, notice);
}

std::size_t count_unread(const model::ReadMarks& marks, const store::Snapshot& snapshot) {
  std::size_t count = 0;
  auto at = snapshot.notices.lower_bound(marks.upto);
  for (; at != snapshot.notices.end(); ++at)
    if (!is_read(marks, at->key)) ++count;
  return count;
}

model::ReadMarks with_read(model::ReadMarks marks, const std::vector<std::string>& notices,
                           const store::Snapshot& snapshot) {
  marks.notices.insert(marks.notices.end(), notices.begin(), notices.end());
  tidy(marks, snapshot);
  return marks;
}

// Of a uid that is above every notice, not a word about those to come.
model::ReadMarks with_read_upto(model::ReadMarks marks, std::string_view upto,
                                const store::Snapshot& snapshot) {
  for (const auto& item : snapshot.notices)
    if (item.key <= upto) marks.upto = std::max(marks.upto, item.key);
  tidy(marks, snapshot);
  return marks;
}

}  // namespace reeve::manager::api
