#include "json/yaml_builder.hpp"

#include "base/quote.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::json {

namespace {

constexpr std::string_view kCore = "tag:yaml.org,2002:";

Mark mark_of(const YAML::Mark& at) {
  return {
      static_cast<std::size_t>(at.line) + 1, static_cast<std::size_t>(at.column) + 1, false, {}};
}

// The core schema's names for a tag: "str" for "!!str"; "!" for a quoted scalar, "?" or "" for
// none.
std::string_view short_tag(std::string_view tag) {
  return tag.starts_with(kCore) ? tag.substr(kCore.size()) : tag;
}

bool is_null_word(std::string_view text) { return text.empty() || text == "~" || text == "null"; }

}  // namespace

void YamlBuilder::refuse(const YAML::Mark& mark, std::string message) const {
  Mark at = mark_of(mark);
  Result<> failure =
      fail_at(pointer(), Errc::invalid, "line {}, column {}: {}", at.line, at.column, message);
  throw YamlRefused{std::move(failure).error()};
}

std::string YamlBuilder::pointer() const {
  std::string out;
  for (const Open& open : open_) {
    if (const Array* array = open.part.value.if_array()) {
      append_step(out, array->size());
    } else if (open.has_key) {
      append_step(out, std::string_view(open.key));
    }
  }
  return out;
}

void YamlBuilder::count(const YAML::Mark& mark, std::size_t nodes, std::size_t bytes) {
  nodes_ += nodes;
  bytes_ += bytes;
  if (nodes_ > limits_.nodes)
    refuse(mark, fmt::format("expected at most {} values, aliases counted as what they stand for",
                             limits_.nodes));
  if (bytes_ > limits_.bytes)
    refuse(mark, fmt::format("expected at most {} bytes of text, aliases counted as what they "
                             "stand for",
                             limits_.bytes));
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  count(mark, 1, 0);
  root_ = Part{};
  has_root_ = false;
  anchors_.clear();
}

void YamlBuilder::end_document() {
  bool is_empty = !has_root_ || root_.value.is_null();
  if (!is_empty) documents_.push_back({std::move(root_.value), std::move(root_.mark)});
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  OnScalar(mark, "?", anchor, "");
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& text) {
  count(mark, 1, text.size());
  std::string_view kind = short_tag(tag);
  bool is_text = kind == "!" || kind == "str";
  bool is_known = is_text || kind == "?" || kind.empty() || kind == "int" || kind == "float" ||
                  kind == "bool" || kind == "null";
  if (!is_known) refuse(mark, fmt::format("unknown tag {}", quote(tag)));
  Part part{nullptr, mark_of(mark), 1, text.size()};
  if (is_text || !is_null_word(text)) part.value = text;
  part.mark.is_plain = !is_text;
  remember(anchor, part);
  add(std::move(part), mark);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  auto found = anchors_.find(anchor);
  if (found == anchors_.end()) refuse(mark, "an alias stands inside what it refers to");
  const Part& part = found->second;
  count(mark, part.nodes, part.bytes);
  if (open_.size() + part.height > limits_.depth)
    refuse(mark, fmt::format("expected at most {} levels of arrays and objects", limits_.depth));
  add(part, mark);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  open(mark, tag, anchor, Array(), "seq");
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  open(mark, tag, anchor, Object(), "map");
}

void YamlBuilder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       Value empty, std::string_view own_tag) {
  count(mark, 1, 0);
  std::string_view kind = short_tag(tag);
  if (kind != own_tag && kind != "?" && kind != "!" && !kind.empty())
    refuse(mark, fmt::format("unknown tag {}", quote(tag)));
  if (open_.size() >= limits_.depth)
    refuse(mark, fmt::format("expected at most {} levels of arrays and objects", limits_.depth));
  last_ = mark;
  Open next;
  next.part.value = std::move(empty);
  next.part.mark = mark_of(mark);
  next.anchor = anchor;
  open_.push_back(std::move(next));
}

void YamlBuilder::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  ++done.part.height;
  remember(done.anchor, done.part);
  add(std::move(done.part), last_);
}

void YamlBuilder::remember(YAML::anchor_t anchor, const Part& part) {
  if (anchor == 0) return;
  // The copy is work and memory as well: anchors within anchors would make it quadratic.
  count(last_, part.nodes, part.bytes);
  anchors_.insert_or_assign(anchor, part);
}

void YamlBuilder::add_key(const Part& part, const YAML::Mark& at) {
  Open& top = open_.back();
  const auto* text = part.value.if_string();
  if (!text) refuse(at, "expected a text as the key");
  top.key.assign(text->data(), text->size());
  top.has_key = true;
  if (top.part.value.get_object().contains(top.key))
    refuse(at, fmt::format("the key {} is given twice", quote(top.key)));
  top.part.bytes += top.key.size();
}

void YamlBuilder::add(Part part, const YAML::Mark& at) {
  if (open_.empty()) {
    root_ = std::move(part);
    has_root_ = true;
    return;
  }
  Open& top = open_.back();
  if (top.part.value.is_object() && !top.has_key) return add_key(part, at);
  top.part.nodes += part.nodes;
  top.part.bytes += part.bytes;
  top.part.height = std::max(top.part.height, part.height);
  top.part.mark.children.push_back(std::move(part.mark));
  if (Array* array = top.part.value.if_array()) {
    array->push_back(std::move(part.value));
  } else {
    top.part.value.get_object().emplace(top.key, std::move(part.value));
    top.has_key = false;
  }
}

}  // namespace reeve::json
