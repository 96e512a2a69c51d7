#include "manager/api/paging.hpp"

#include "model/name.hpp"
#include "net/digest.hpp"

#include <algorithm>
#include <charconv>

namespace reeve::manager::api {
namespace {

// Opaque to clients: hexadecimal, so that it needs no escape in a URL.
std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.empty() || hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned char byte = 0;
    const char* end = hex.data() + i + 2;
    if (std::from_chars(hex.data() + i, end, byte, 16).ptr != end) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains_folded(std::string_view text, std::string_view folded) {
  auto same = [](char a, char b) { return lower(a) == b; };
  return std::search(text.begin(), text.end(), folded.begin(), folded.end(), same) != text.end();
}

}  // namespace

Search::Search(std::string_view words) {
  while (!words.empty()) {
    auto space = words.find_first_of(" \t\r\n");
    auto word = words.substr(0, space);
    words = space == words.npos ? std::string_view() : words.substr(space + 1);
    if (!word.empty()) words_.push_back(model::fold(word));
  }
}

bool Search::matches(std::initializer_list<std::string_view> texts) const {
  return std::ranges::all_of(words_, [&](const auto& word) {
    return std::ranges::any_of(texts, [&](auto text) { return contains_folded(text, word); });
  });
}

PageRequest page_request(net::Query& query) {
  PageRequest page;
  page.search = Search(query.text("q").value_or(""));
  page.limit = query.number("limit", 1, 1000, 100);
  if (auto cursor = query.text("cursor")) {
    page.after = from_hex(*cursor);
    if (!page.after) query.add_fault("cursor", "expected the \"next\" of an earlier answer");
  }
  return page;
}

bool Page::has_room() const {
  return count_ < limit_ && (count_ == 0 || text_.size() < kMostBytes);
}

void Page::add(std::string_view key, std::string_view item) {
  if (count_++ > 0) text_ += ',';
  text_ += item;
  last_ = key;
}

net::Response Page::response() && {
  text_ += R"(],"next":)";
  if (has_more_) {
    text_ += '"' + net::to_hex(last_) + '"';
  } else {
    text_ += "null";
  }
  text_ += '}';
  net::Response response;
  response.content_type = "application/json";
  response.body = std::move(text_);
  return response;
}

}  // namespace reeve::manager::api
