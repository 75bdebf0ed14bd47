//===- Summary.cpp - rondo summary ------------------------------*- C++ -*-===//
//
// Prints a model as Keras' model.summary() does, character by character: the
// same columns, widths and line breaks. Keras draws with the table of Rich, whose
// rules for widths and wrapping are repeated here.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Locale.h"
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace rondo::tool {

using frontend::ModelSummary;

namespace {

/// Columns of a terminal.
int widthOf(llvm::StringRef text) {
  int columns = llvm::sys::locale::columnWidth(text);
  return columns < 0 ? text.size() : columns; // some character cannot be printed
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

struct Column {
  std::string title;
  double end; // as a part of the table's width
  bool alignRight = false;
};

/// The first characters of `text`, at most `width` columns.
std::string cropped(llvm::StringRef text, int width) {
  size_t bytes = 0;
  while (bytes < text.size()) {
    size_t next = bytes + 1;
    while (next < text.size() && (text[next] & 0xc0) == 0x80)
      ++next;
    if (widthOf(text.take_front(next)) > width)
      break;
    bytes = next;
  }
  return text.take_front(bytes).str();
}

/// Lines of at most `width` columns, broken at spaces; a longer word ends in `…`.
std::vector<std::string> wrapped(llvm::StringRef text, int width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    size_t end = text.find(' ');
    end = end == llvm::StringRef::npos ? text.size() : end;
    llvm::StringRef word = text.take_front(end);
    if (!lines.back().empty() && widthOf(lines.back()) + widthOf(word) > width)
      lines.emplace_back();
    lines.back() += word.str();
    text = text.drop_front(end);
    if (text.consume_front(" "))
      lines.back() += " ";
  }
  for (std::string &line : lines) {
    line = llvm::StringRef(line).rtrim().str();
    if (widthOf(line) > width)
      line = cropped(line, width - 1) + "…";
  }
  return lines;
}

class Table {
public:
  Table(std::vector<Column> columns, int width) : columns(std::move(columns)) {
    // The widths that Keras asks for leave no room for lines and padding: each
    // column gives up its share.
    int current = 0, excess = -width;
    for (const Column &column : this->columns) {
      int size = static_cast<int>(column.end * width) - current;
      current += size;
      widths.push_back(size);
      excess += size + 3;
    }
    ++excess;
    for (size_t i = 0; i < widths.size(); ++i) {
      // Python rounds halves to even, and so does the machine.
      int share = static_cast<int>(std::nearbyint(double(excess) / (widths.size() - i)));
      widths[i] -= share;
      excess -= share;
    }
  }

  std::string text(const std::vector<std::vector<std::string>> &rows) const {
    std::vector<std::string> titles;
    for (const Column &column : columns)
      titles.push_back(column.title);
    std::string result = line("┏", "━", "┳", "┓") + cells(titles, "┃");
    std::string above = line("┡", "━", "╇", "┩");
    for (const std::vector<std::string> &row : rows) {
      result += above + cells(row, "│");
      above = line("├", "─", "┼", "┤");
    }
    return result + line("└", "─", "┴", "┘");
  }

private:
  std::string line(const char *left, const char *dash, const char *cross, const char *right) const {
    std::string result = left;
    for (size_t i = 0; i < widths.size(); ++i) {
      for (int column = 0; column < widths[i] + 2; ++column)
        result += dash;
      result += i + 1 < widths.size() ? cross : right;
    }
    return result + "\n";
  }

  std::string cells(const std::vector<std::string> &texts, const char *bar) const {
    std::vector<std::vector<std::string>> lines;
    size_t height = 0;
    for (size_t i = 0; i < columns.size(); ++i) {
      lines.push_back(wrapped(texts[i], widths[i]));
      height = std::max(height, lines.back().size());
    }
    std::string result;
    for (size_t at = 0; at < height; ++at) {
      for (size_t i = 0; i < columns.size(); ++i) {
        std::string text = at < lines[i].size() ? lines[i][at] : "";
        std::string padding(widths[i] - widthOf(text), ' ');
        result +=
            fmt::format("{} {} ", bar, columns[i].alignRight ? padding + text : text + padding);
      }
      result += fmt::format("{}\n", bar);
    }
    return result;
  }

  std::vector<Column> columns;
  std::vector<int> widths;
};

//===----------------------------------------------------------------------===//
// The cells
//===----------------------------------------------------------------------===//

std::string shapeText(const std::vector<int64_t> &shape) {
  auto size = [](int64_t n) { return n < 0 ? "None" : std::to_string(n); };
  return "(" + llvm::join(llvm::map_range(shape, size), ", ") + ")";
}

/// One shape as it is, several as a list.
std::string shapesText(const std::vector<std::vector<int64_t>> &shapes) {
  std::string text = llvm::join(llvm::map_range(shapes, shapeText), ", ");
  return shapes.size() == 1 ? text : "[" + text + "]";
}

/// "12,345".
std::string countText(int64_t count) {
  std::string digits = std::to_string(count);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(at, ",");
  return digits;
}

/// "1,234 (4.82 KB)", of parameters in f32.
std::string countAndMemory(int64_t count) {
  const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
  double size = 4.0 * count;
  size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(units)) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{} ({:.2f} {})", countText(count), size, units[unit]);
}

/// Keras' width of the table.
int tableWidth(bool isChain) {
  int columns = terminalColumns(STDOUT_FILENO);
  if (const char *variable = getenv("COLUMNS"); columns == 0 && variable)
    columns = atoi(variable);
  if (columns <= 0)
    columns = 80;
  constexpr int least = 40; // below, Keras refuses
  return std::max(std::min(isChain ? 88 : 108, columns - 4), least);
}

std::string summaryText(const ModelSummary &summary) {
  std::vector<Column> columns = {{"Layer (type)", 0.3},
                                 {"Output Shape", 0.56},
                                 {"Param #", 0.74, true},
                                 {"Connected to", 1.0}};
  if (summary.isChain)
    columns = {{"Layer (type)", 0.45}, {"Output Shape", 0.8}, {"Param #", 1.0, true}};
  std::vector<std::vector<std::string>> rows;
  for (const ModelSummary::Row &row : summary.rows) {
    std::string connections = llvm::join(row.connectedTo, ", ");
    rows.push_back({fmt::format("{} ({})", row.name, row.type),
                    row.outputShapes.empty() ? "?" : shapesText(row.outputShapes),
                    countText(row.parameters), connections.empty() ? "-" : connections});
  }
  int64_t all = summary.countParameters(), trainable = summary.countParameters(true);
  return fmt::format("Model: \"{}\"\n{} Total params: {}\n Trainable params: {}\n"
                     " Non-trainable params: {}\n",
                     summary.name, Table(columns, tableWidth(summary.isChain)).text(rows),
                     countAndMemory(all), countAndMemory(trainable),
                     countAndMemory(all - trainable));
}

std::string variablesText(const ModelSummary &summary) {
  std::string text = " Variables:\n";
  for (const ModelSummary::Row &row : summary.rows)
    for (const ModelSummary::Variable &variable : row.variables)
      text += fmt::format("   {} {}{}\n", variable.path, shapeText(variable.shape),
                          variable.trainable ? "" : " (not trainable)");
  return text;
}

std::string summaryJson(const ModelSummary &summary) {
  using Json = nlohmann::ordered_json;
  auto shapeJson = [](const std::vector<int64_t> &shape) {
    Json sizes = Json::array();
    for (int64_t size : shape)
      sizes.push_back(size < 0 ? Json() : Json(size));
    return sizes;
  };
  Json layers = Json::array();
  for (const ModelSummary::Row &row : summary.rows) {
    Json shapes = Json::array(), variables = Json::array();
    for (const std::vector<int64_t> &shape : row.outputShapes)
      shapes.push_back(shapeJson(shape));
    for (const ModelSummary::Variable &variable : row.variables)
      variables.push_back({{"path", variable.path},
                           {"shape", shapeJson(variable.shape)},
                           {"trainable", variable.trainable}});
    layers.push_back({{"name", row.name},
                      {"type", row.type},
                      {"output_shapes", shapes},
                      {"params", row.parameters},
                      {"connected_to", row.connectedTo},
                      {"variables", variables}});
  }
  int64_t all = summary.countParameters(), trainable = summary.countParameters(true);
  Json json = {{"name", summary.name},
               {"layers", layers},
               {"total_params", all},
               {"trainable_params", trainable},
               {"non_trainable_params", all - trainable}};
  return json.dump(2) + "\n";
}

} // namespace

int runSummary(const SummaryOptions &options) {
  Session session;
  auto model = session.load(options.model, Session::MainBlock::WhenCompiledThere);
  if (!model)
    return session.finish();
  const ModelSummary &summary = model->summary;
  fmt::print("{}", options.json ? summaryJson(summary) : summaryText(summary));
  if (options.variables && !options.json)
    fmt::print("{}", variablesText(summary));
  return session.finish();
}

} // namespace rondo::tool
