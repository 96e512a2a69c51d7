#include "json/document.hpp"

namespace reeve::json {

namespace {

// A value (nullptr once the path has left the document) and the nearest mark.
struct Place {
  const Value* value;
  const Mark* mark;
};

Place step(const Place& above, std::size_t position) {
  const auto& children = above.mark->children;
  if (above.value->is_array()) return {&above.value->get_array()[position], &children[position]};
  auto member = above.value->get_object().begin() + static_cast<std::ptrdiff_t>(position);
  return {&member->value(), &children[position]};
}

Place locate(const Document& document, const Path& path) {
  if (!path.parent()) return {&document.value, &document.mark};
  Place above = locate(document, *path.parent());
  if (!above.value) return above;
  const auto& children = above.mark->children;
  if (path.is_index() && above.value->is_array() && path.index() < children.size())
    return step(above, path.index());
  if (!path.is_index() && above.value->is_object()) {
    const Object& object = above.value->get_object();
    auto found = object.find(path.key());
    if (found != object.end()) return step(above, static_cast<std::size_t>(found - object.begin()));
  }
  return {nullptr, above.mark};
}

class NumberScan {
 public:
  explicit NumberScan(std::string_view text) : rest_(text) {}

  // The grammar of RFC 8259, so that 007 and 0x1F stay text.
  bool is_number() {
    skip("-");
    if (!skip("0") && digits() == 0) return false;
    if (skip(".") && digits() == 0) return false;
    if (skip("eE")) {
      skip("+-");
      if (digits() == 0) return false;
    }
    return rest_.empty();
  }

 private:
  bool skip(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == any_of.npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::size_t digits() {
    std::size_t count = 0;
    while (skip("0123456789")) ++count;
    return count;
  }

  std::string_view rest_;
};

}  // namespace

Value resolve(std::string_view plain) {
  if (plain == "true") return true;
  if (plain == "false") return false;
  if (NumberScan(plain).is_number()) {
    Result<Value> number = parse(plain);
    if (number) return std::move(*number);
  }
  return Value(plain);
}

Value resolve(const Value& value, const Mark& mark) {
  if (const auto* text = value.if_string(); text && mark.is_plain)
    return resolve(std::string_view(text->data(), text->size()));
  if (const Array* array = value.if_array()) {
    Array out;
    for (std::size_t i = 0; i < array->size(); ++i)
      out.push_back(resolve((*array)[i], mark.children[i]));
    return out;
  }
  if (const Object* object = value.if_object()) {
    Object out;
    std::size_t i = 0;
    for (const auto& member : *object)
      out.emplace(member.key(), resolve(member.value(), mark.children[i++]));
    return out;
  }
  return Value(value, {});
}

const Mark& Document::at(const Path& path) const { return *locate(*this, path).mark; }

}  // namespace reeve::json
