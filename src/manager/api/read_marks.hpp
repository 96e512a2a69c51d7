// Which notices a reader has read. Pure functions; any thread.
#pragma once

#include "model/record.hpp"
#include "store/catalog/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reeve::manager::api {

/// Single marks that are kept; of more, what is older than the newest of them counts as read.
inline constexpr std::size_t kMostReadMarks = 1000;

/// No marks where nothing was read yet.
const model::ReadMarks& read_marks_of(const store::Snapshot& snapshot, std::string_view reader);

bool is_read(const model::ReadMarks& marks, std::string_view notice);

std::size_t count_unread(const model::ReadMarks& marks, const store::Snapshot& snapshot);

/// The marks with these notices read too. What is no notice of the snapshot adds nothing.
model::ReadMarks with_read(model::ReadMarks marks, const std::vector<std::string>& notices,
                           const store::Snapshot& snapshot);

/// The marks with all notices read that are not newer than `upto`.
model::ReadMarks with_read_upto(model::ReadMarks marks, std::string_view upto,
                                const store::Snapshot& snapshot);

}  // namespace reeve::manager::api
