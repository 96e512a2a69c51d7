// A table for people: columns as wide as they must be. On a terminal that is too narrow long cells
// are cut, then the columns of least worth left out; the first column, which says what a row is
// about, is cut last, unless it takes more than half of the room. Where the output goes into a pipe
// all is there. Built and printed at once; a plain value.
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

/// What becomes of a column where there is no room for all: it stays uncut, for a part of an id
/// names nothing; it stays; it goes if it must; it goes before the others do. A rare one is there
/// only if a row says something in it.
enum class Worth { id, always, usual, extra, rare };

struct Column {
  Column(std::string heading, Align side = Align::left, Worth importance = Worth::usual)
      : title(std::move(heading)), align(side), worth(importance) {}
  Column(std::string heading, Worth importance) : title(std::move(heading)), worth(importance) {}
  Column(const char* heading) : title(heading) {}

  std::string title;
  Align align = Align::left;
  Worth worth = Worth::usual;
};

class Table {
 public:
  Table(std::initializer_list<Column> columns) : columns_(columns) {}

  /// One cell for each column.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  /// The heading and the rows, each with a line feed.
  std::string text(const Terminal& terminal) const;

 private:
  /// Of each column; 0: left out.
  using Widths = std::vector<std::size_t>;

  Widths natural_widths() const;
  Widths fitting_widths(std::size_t limit) const;
  /// Cuts what may be cut, the widest first, down to `least` cells. True if the rest fits.
  bool cut(Widths& widths, std::size_t limit, std::size_t least, std::size_t least_of_key) const;
  /// The one to leave out next, the rightmost of the least worth; none of `worth` is nothing.
  std::size_t droppable(const Widths& widths, Worth worth) const;
  bool says_nothing(std::size_t column) const;
  std::string line(const std::vector<Cell>& cells, const Widths& widths,
                   const Terminal& terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace reeve::cli
