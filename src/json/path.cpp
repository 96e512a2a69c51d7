#include "json/path.hpp"

#include "base/utf8.hpp"
#include "json/document.hpp"

#include <fmt/core.h>

namespace reeve::json {

namespace {

bool is_at_or_below(std::string_view pointer, std::string_view above) {
  return pointer.starts_with(above) &&
         (pointer.size() == above.size() || pointer[above.size()] == '/');
}

void append_pointer(std::string& out, const Path& path) {
  if (!path.parent()) return;
  append_pointer(out, *path.parent());
  if (path.is_index()) {
    append_step(out, path.index());
  } else {
    append_step(out, path.key());
  }
}

}  // namespace

void append_step(std::string& pointer, std::size_t index) { pointer += fmt::format("/{}", index); }

void append_step(std::string& pointer, std::string_view key) {
  // A hostile key of megabytes above a hundred faults would make an answer of gigabytes.
  constexpr std::size_t kLongest = 256;
  std::string_view shown = key.substr(0, kLongest);
  if (shown.size() < key.size()) shown = shown.substr(0, utf8::valid_prefix(shown));
  pointer += '/';
  for (char c : shown) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  if (shown.size() < key.size()) pointer += "…";
}

std::string Path::pointer() const {
  std::string out;
  append_pointer(out, *this);
  return out;
}

void Faults::add(const Path& path, std::string message, Errc code) {
  if (found_.size() >= kMost) return;
  if (origin_) {
    const Mark& mark = origin_->at(path);
    message = fmt::format("line {}, column {}: {}", mark.line, mark.column, message);
  }
  found_.push_back({std::string(to_string(code)), std::move(message), path.pointer()});
}

void Faults::add_unless_known(Faults others) {
  std::size_t known = found_.size();
  for (Fault& other : others.found_) {
    bool is_known = false;
    for (std::size_t i = 0; i < known && !is_known; ++i)
      is_known = is_at_or_below(found_[i].field, other.field) ||
                 is_at_or_below(other.field, found_[i].field);
    if (!is_known && found_.size() < kMost) found_.push_back(std::move(other));
  }
}

}  // namespace reeve::json
