#include "cli/terminal/table.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace reeve::cli {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kReadable = 12;  // before it is cut below this, lesser columns go
constexpr std::size_t kNarrowest = 6;  // below this a column says nothing

std::size_t sum(const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (std::size_t width : widths)
    if (width > 0) total += width + (total > 0 ? kGap : 0);
  return total;
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  CHECK(row.size() == columns_.size());
  for (Cell& cell : row) cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

bool Table::says_nothing(std::size_t column) const {
  return std::ranges::all_of(
      rows_, [&](const auto& row) { return row[column].text.empty() || row[column].text == "-"; });
}

Table::Widths Table::natural_widths() const {
  Widths widths;
  widths.reserve(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    bool is_left_out = columns_[i].worth == Worth::rare && says_nothing(i);
    std::size_t widest = is_left_out ? 0 : display_width(columns_[i].title);
    if (!is_left_out)
      for (const auto& row : rows_) widest = std::max(widest, display_width(row[i].text));
    widths.push_back(widest);
  }
  return widths;
}

// Half a number is another number: what stands on the right is never cut.
bool Table::cut(Widths& widths, std::size_t limit, std::size_t least,
                std::size_t least_of_key) const {
  while (sum(widths) > limit) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      bool is_whole = columns_[i].align == Align::right || columns_[i].worth == Worth::id;
      if (is_whole || widths[i] <= (i == 0 ? least_of_key : least)) continue;
      if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == columns_.size()) return false;
    --widths[widest];
  }
  return true;
}

std::size_t Table::droppable(const Widths& widths, Worth worth) const {
  for (std::size_t i = widths.size(); i-- > 1;)
    if (widths[i] > 0 && std::min(columns_[i].worth, Worth::extra) == worth) return i;
  return 0;
}

Table::Widths Table::fitting_widths(std::size_t limit) const {
  Widths widths = natural_widths();
  if (limit == 0) return widths;
  if (sum(widths) > limit)
    for (std::size_t i = 1; i < widths.size(); ++i)
      if (says_nothing(i)) widths[i] = 0;
  for (;;) {
    Widths fitting = widths;
    if (cut(fitting, limit, kReadable, limit)) return fitting;
    std::size_t extra = droppable(widths, Worth::extra);
    if (extra == 0) break;
    widths[extra] = 0;
  }
  for (;;) {
    Widths fitting = widths;
    std::size_t usual = droppable(widths, Worth::usual);
    if (cut(fitting, limit, kNarrowest, std::max(kNarrowest, limit / 2))) return fitting;
    if (usual == 0) {
      cut(fitting, limit, kNarrowest, kNarrowest);
      return fitting;
    }
    widths[usual] = 0;
  }
}

std::string Table::line(const std::vector<Cell>& cells, const Widths& widths,
                        const Terminal& terminal) const {
  std::string out;
  std::size_t owed = 0;  // blanks, written only before something: at the end they would wrap
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] == 0) continue;
    std::string text = shortened(cells[i].text, widths[i]);
    std::size_t padding = widths[i] - display_width(text);
    if (columns_[i].align == Align::right) owed += std::exchange(padding, 0);
    if (!text.empty()) {
      out.append(owed, ' ');
      out += paint(text, cells[i].tone, terminal);
      owed = 0;
    }
    owed += padding + kGap;
  }
  return out + '\n';
}

std::string Table::text(const Terminal& terminal) const {
  Widths widths = fitting_widths(terminal.width);
  std::vector<Cell> headings;
  headings.reserve(columns_.size());
  for (const Column& column : columns_) headings.emplace_back(column.title, Tone::strong);
  std::string out = line(headings, widths, terminal);
  for (const auto& row : rows_) out += line(row, widths, terminal);
  return out;
}

}  // namespace reeve::cli
