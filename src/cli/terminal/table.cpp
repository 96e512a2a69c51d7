#include "cli/terminal/table.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <numeric>

namespace reeve::cli {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 6;  // below this a column says nothing

void append_cell(std::string& line, const Cell& cell, std::size_t width, Align align, bool is_last,
                 const Terminal& terminal) {
  std::string text = shortened(cell.text, width);
  std::string padding(width - display_width(text), ' ');
  if (align == Align::right) line += padding;
  line += paint(text, cell.tone, terminal);
  if (is_last) return;
  if (align == Align::left) line += padding;
  line.append(kGap, ' ');
}

// Trailing blanks, as of an empty last cell, would wrap in a narrow terminal.
void end_line(std::string& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  CHECK(row.size() == columns_.size());
  for (Cell& cell : row) cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t limit) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = display_width(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[i].text));
    out.push_back(widest);
  }
  if (limit == 0) return out;
  std::size_t gaps = kGap * (columns_.size() - 1);
  while (std::accumulate(out.begin(), out.end(), gaps) > limit) {
    auto widest = std::ranges::max_element(out);
    if (*widest <= kNarrowest) break;
    --*widest;
  }
  return out;
}

std::string Table::text(const Terminal& terminal) const {
  std::vector<std::size_t> width = widths(terminal.width);
  std::string out;
  std::string heading;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    append_cell(heading, Cell(columns_[i].title, Tone::strong), width[i], columns_[i].align,
                i + 1 == columns_.size(), terminal);
  end_line(out, std::move(heading));
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      append_cell(line, row[i], width[i], columns_[i].align, i + 1 == row.size(), terminal);
    end_line(out, std::move(line));
  }
  return out;
}

}  // namespace reeve::cli
