// Lists in pages: `?q=&limit=&cursor=`, and the answer {"items": […], "next": cursor or null}. A
// cursor is the key of the last item, so that pages stay right while things come and go. Any
// thread.
#pragma once

#include "net/http.hpp"
#include "net/query.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::manager::api {

/// Words that must all stand somewhere in an item's texts, whatever their case.
class Search {
 public:
  Search() = default;
  explicit Search(std::string_view words);
  bool matches(std::initializer_list<std::string_view> texts) const;
  bool is_empty() const { return words_.empty(); }

 private:
  std::vector<std::string> words_;  // folded
};

struct PageRequest {
  Search search;
  std::size_t limit = 100;
  std::optional<std::string> after;  // the key of the last item of the page before
};

/// Faults stay with the query.
PageRequest page_request(net::Query& query);

/// An answer that is filled item by item, to the limit or to some megabytes, whichever comes first.
class Page {
 public:
  explicit Page(std::size_t limit) : limit_(limit) {}

  bool has_room() const;
  void add(std::string_view key, std::string_view item);
  /// There is an item without room: the list goes on after the last one added.
  void leave_rest() { has_more_ = true; }

  net::Response response() &&;

 private:
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;

  std::size_t limit_;
  std::size_t count_ = 0;
  bool has_more_ = false;
  std::string last_;
  std::string text_ = R"({"items":[)";
};

/// The page of a sorted map that a request asks for, upwards by key. `matches` and `text` are asked
/// about the map's values.
template <class Map, class Matches, class Text>
net::Response page_of(const Map& map, const PageRequest& request, Matches matches, Text text) {
  Page page(request.limit);
  auto item = request.after ? map.lower_bound(*request.after) : map.begin();
  if (item != map.end() && request.after == item->key) ++item;
  for (; item != map.end(); ++item) {
    if (!matches(item->value)) continue;
    if (!page.has_room()) {
      page.leave_rest();
      break;
    }
    page.add(item->key, text(item->value));
  }
  return std::move(page).response();
}

/// The same, downwards: of keys that rise with time the newest first.
template <class Map, class Matches, class Text>
net::Response newest_page_of(const Map& map, const PageRequest& request, Matches matches,
                             Text text) {
  std::vector<const typename Map::Item*> items;
  auto end = request.after ? map.lower_bound(*request.after) : map.end();
  for (auto item = map.begin(); item != end; ++item) items.push_back(&*item);
  Page page(request.limit);
  for (auto at = items.rbegin(); at != items.rend(); ++at) {
    if (!matches((*at)->value)) continue;
    if (!page.has_room()) {
      page.leave_rest();
      break;
    }
    page.add((*at)->key, text((*at)->value));
  }
  return std::move(page).response();
}

}  // namespace reeve::manager::api
