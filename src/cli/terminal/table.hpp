// A table for people: columns as wide as they must be, cut to fit the terminal, never cut where the
// output goes into a pipe. Built and printed at once; a plain value.
#pragma once

#include "cli/terminal/terminal.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace reeve::cli {

struct Cell {
  Cell(std::string words, Tone meaning = Tone::plain) : text(std::move(words)), tone(meaning) {}
  Cell(const char* words) : text(words) {}

  std::string text;
  Tone tone = Tone::plain;
};

enum class Align { left, right };

struct Column {
  Column(std::string heading, Align side = Align::left) : title(std::move(heading)), align(side) {}
  Column(const char* heading) : title(heading) {}

  std::string title;
  Align align = Align::left;
};

class Table {
 public:
  Table(std::initializer_list<Column> columns) : columns_(columns) {}

  /// One cell for each column.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  /// The heading and the rows, each with a line feed. On a terminal the widest columns give way.
  std::string text(const Terminal& terminal) const;

 private:
  std::vector<std::size_t> widths(std::size_t limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace reeve::cli
