// The reading half of the codec: one overload of read() for each kind of type. What does not depend
// on the type is in Reader. Included through json/codec.hpp.
#pragma once

#include "json/described.hpp"

#include <cstdint>
#include <span>

namespace reeve::json {

enum class Mode {
  strict,  // from people: unknown keys are faults, read-only fields are ignored
  lenient  // from our own store or another version: unknown keys are kept or ignored
};

/// One walk over one document: its mode, its faults, and where plain scalars are text (YAML).
class Reader {
 public:
  explicit Reader(Mode mode, const Document* document = nullptr) : mode_(mode), faults_(document) {}

  Mode mode() const { return mode_; }
  Faults& faults() { return faults_; }

  // Each reads one scalar, checks it against the rules, or notes a fault and leaves `out` alone.
  void boolean(const Value& value, bool& out, const FieldRules& rules, const Path& path);
  bool integer(const Value& value, std::int64_t& out, std::int64_t low, std::int64_t high,
               const FieldRules& rules, const Path& path);
  bool natural(const Value& value, std::uint64_t& out, std::uint64_t high, const FieldRules& rules,
               const Path& path);
  bool number(const Value& value, double& out, const FieldRules& rules, const Path& path);
  void string(const Value& value, std::string& out, const FieldRules& rules, const Path& path);
  void duration(const Value& value, Duration& out, const FieldRules& rules, const Path& path);
  void time(const Value& value, WallTime& out, const FieldRules& rules, const Path& path);
  void free_form(const Value& value, Value& out, const Path& path);
  /// The position of the text among `names`, or -1 and a fault that lists them.
  int name_of(const Value& value, std::span<const std::string_view> names, const FieldRules& rules,
              const Path& path);
  /// The text of a type with its own text form; nullptr and a fault where it is none.
  const boost::json::string* text(const Value& value, const FieldRules& rules, const Path& path);
  void text_fault(const Error& error, const FieldRules& rules, const Path& path);

  /// nullptr and a fault where the value is no array (object) or has too few or too many elements.
  const Array* array(const Value& value, const FieldRules& rules, const Path& path);
  const Object* object(const Value& value, const FieldRules& rules, const Path& path);

  /// A required field that is not there.
  void missing(const Path& path);
  /// Deals with the keys outside `names`: faults, or kept in `unknown` (may be nullptr).
  void others(const Object& object, std::span<const std::string_view> names, Object* unknown,
              const Path& path);

 private:
  bool is_plain(const Value& value, const Path& path) const;
  /// The value, of plain text (YAML) what JSON would have there.
  Value meant(const Value& value, const Path& path) const;
  void expected(std::string_view what, const Value& value, const FieldRules& rules,
                const Path& path);

  Mode mode_;
  Faults faults_;
};

/// Parses into a short-lived arena, calls `read` with the value, and answers with the faults.
Result<> read_text(Reader& reader, std::string_view text, const Limits& limits,
                   void (*read)(Reader&, const Value&, void*), void* out);

inline void read(Reader& reader, const Value& value, bool& out, const FieldRules& rules,
                 const Path& path) {
  reader.boolean(value, out, rules, path);
}

template <IntegerType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  using Range = std::numeric_limits<T>;
  if constexpr (std::is_signed_v<T>) {
    std::int64_t wide = 0;
    if (reader.integer(value, wide, Range::min(), Range::max(), rules, path))
      out = static_cast<T>(wide);
  } else {
    std::uint64_t wide = 0;
    if (reader.natural(value, wide, Range::max(), rules, path)) out = static_cast<T>(wide);
  }
}

template <std::floating_point T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  double wide = 0;
  if (reader.number(value, wide, rules, path)) out = static_cast<T>(wide);
}

inline void read(Reader& reader, const Value& value, std::string& out, const FieldRules& rules,
                 const Path& path) {
  reader.string(value, out, rules, path);
}

template <DurationType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  reader.duration(value, out, rules, path);
}

template <TimeType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  reader.time(value, out, rules, path);
}

template <FreeType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  if constexpr (std::same_as<T, Value>) {
    reader.free_form(value, out, path);
  } else if (reader.object(value, rules, path)) {
    Value whole;
    reader.free_form(value, whole, path);
    out = std::move(whole.as_object());
  }
}

template <EnumType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  int position = reader.name_of(value, kEnumNames<T>, rules, path);
  int at = 0;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    if (at++ == position) out = enumerator.value;
  });
}

template <TextType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  const boost::json::string* text = reader.text(value, rules, path);
  if (!text) return;
  Result<> result = from_text(std::string_view(text->data(), text->size()), out);
  if (!result) reader.text_fault(result.error(), rules, path);
}

template <FormType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  read_form(reader, value, out, rules, path);
}

template <OptionalType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  if (value.is_null()) {
    out.reset();
  } else {
    read(reader, value, out.emplace(), rules, path);
  }
}

template <VectorType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  const Array* array = reader.array(value, rules, path);
  if (!array) return;
  out.clear();
  out.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    typename ElementOf<T>::vector element{};
    read(reader, (*array)[i], element, rules, path / i);
    out.push_back(std::move(element));
  }
}

template <MapType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules& rules, const Path& path) {
  const Object* object = reader.object(value, rules, path);
  if (!object) return;
  out.clear();
  for (const auto& member : *object) {
    std::string_view key(member.key().data(), member.key().size());
    read(reader, member.value(), out[std::string(key)], rules, path / key);
  }
}

/// Reads one field of an object; says whether its key is there.
template <class T>
bool read_field(Reader& reader, const Object& object, T& out, const FieldRules& rules,
                const Path& parent) {
  auto found = object.find(rules.name);
  if (found == object.end() || found->value().is_null()) {
    if (rules.is_required) reader.missing(parent / rules.name);
    return found != object.end();
  }
  bool ignored = rules.is_read_only && reader.mode() == Mode::strict;
  if (!ignored) read(reader, found->value(), out, rules, parent / rules.name);
  return true;
}

template <StructType T>
void read(Reader& reader, const Value& value, T& out, const FieldRules&, const Path& path) {
  const Object* object = reader.object(value, kNoRules, path);
  if (!object) return;
  std::size_t known = 0;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    using D = decltype(member);
    if (read_field(reader, *object, out.*D::pointer, kRules<T, D>, path)) ++known;
  });
  if (known < object->size()) {
    Object* unknown = nullptr;
    if constexpr (KeepsUnknown<T>) unknown = &out.unknown;
    reader.others(*object, kFieldNames<T>, unknown, path);
  }
  if constexpr (HasValidate<T>) {
    Faults found(reader.faults().origin());
    validate(static_cast<const T&>(out), found, path);
    reader.faults().add_unless_known(std::move(found));
  }
}

}  // namespace reeve::json
