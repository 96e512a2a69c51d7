// A text that nobody finds in our memory later: it moves and is not copied, and every place it has
// been in is wiped. A value; one thread at a time.
#pragma once

#include <string.h>

#include <string>
#include <string_view>

namespace reeve {

/// Overwrites all that the text has room for, and empties it.
inline void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

class Secret {
 public:
  Secret() = default;
  /// Takes it over. What grew before has left its shorter self behind: reserve first.
  explicit Secret(std::string&& text) { take(text); }
  static Secret copy_of(std::string_view text) { return Secret(std::string(text)); }

  Secret(Secret&& other) noexcept { take(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) take(other.text_);
    return *this;
  }
  ~Secret() { wipe(text_); }

  std::string_view view() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  // A swap leaves the bytes of a short text in the string that they were in.
  void take(std::string& text) {
    wipe(text_);
    text_.swap(text);
    wipe(text);
  }

  std::string text_;
};

}  // namespace reeve
