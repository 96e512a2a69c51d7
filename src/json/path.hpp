// Where in a document we are, and what is wrong there. A Path is a chain of steps on the stack, so
// that walking costs nothing; it becomes a JSON Pointer only when there is a fault to report.
// Faults collects what a whole walk finds. Both belong to one walk on one thread.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::json {

struct Document;

/// Refers to its parent and to its key: never keep one beyond the expression or scope that made it.
///   faults.add(path / "instances" / 3 / "port", "…");
class Path {
 public:
  Path() = default;  // the root
  Path operator/(std::string_view key) const { return Path(this, key, 0, false); }
  Path operator/(std::size_t index) const { return Path(this, {}, index, true); }

  const Path* parent() const { return parent_; }  // nullptr for the root
  bool is_index() const { return is_index_; }
  std::string_view key() const { return key_; }
  std::size_t index() const { return index_; }

  /// RFC 6901: "" for the root, "/labels/a~1b". Very long keys are shortened.
  std::string pointer() const;

 private:
  Path(const Path* parent, std::string_view key, std::size_t index, bool is_index)
      : parent_(parent), key_(key), index_(index), is_index_(is_index) {}

  const Path* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
  bool is_index_ = false;
};

/// Adds one step to a pointer, escaped.
void append_step(std::string& pointer, std::string_view key);
void append_step(std::string& pointer, std::size_t index);

class Faults {
 public:
  static constexpr std::size_t kMost = 100;

  /// With a document, each message starts with the line and column of its path there.
  explicit Faults(const Document* origin = nullptr) : origin_(origin) {}

  /// Notes a fault, `invalid` unless said otherwise; from the 101st on they are dropped.
  void add(const Path& path, std::string message, Errc code = Errc::invalid);

  /// Takes over the others, less those at, above or below a place where something is wrong already:
  /// a cross-field rule that looked at a value which could not be read has nothing to say.
  void add_unless_known(Faults others);

  bool empty() const { return found_.empty(); }
  std::size_t size() const { return found_.size(); }
  const std::vector<Fault>& found() const { return found_; }
  std::vector<Fault> take() { return std::move(found_); }
  const Document* origin() const { return origin_; }

 private:
  const Document* origin_;
  std::vector<Fault> found_;
};

}  // namespace reeve::json
