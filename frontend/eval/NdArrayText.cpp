//===- NdArrayText.cpp - Arrays as text -----------------------------------===//
//
// As numpy writes arrays: columns of one width, lines of 75 characters, long
// arrays shortened; numpy's documentation of printoptions gives the rules.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include <cmath>

namespace rondo::eval {
namespace {

constexpr int64_t threshold = 1000, edgeItems = 3;
constexpr size_t lineWidth = 75;
constexpr int maxDigits = 8;

/// The shortest digits that read back as the same number, of its precision.
std::string shortest(double value, Dtype dtype) {
  return dtype == Dtype::Float32 ? fmt::format("{}", float(value)) : fmt::format("{}", value);
}

std::string padded(llvm::StringRef text, size_t left, size_t right) {
  return std::string(left, ' ') + text.str() + std::string(right, ' ');
}

/// Writes the elements of one array.
class ElementFormat {
public:
  ElementFormat(const std::vector<double> &shown, Dtype dtype, bool isScalar)
      : dtype(dtype), isScalar(isScalar) {
    if (isFloating(dtype))
      measureReals(shown);
    for (double value : shown)
      width = std::max(width, plain(value).size());
  }

  std::string write(double value) const {
    if (!isFloating(dtype) || !std::isfinite(value)) {
      std::string text = plain(value);
      size_t total = isFloating(dtype) ? before + 1 + after : width;
      return padded(text, total > text.size() ? total - text.size() : 0, 0);
    }
    std::string text = isScientific ? scientific(value, after) : positional(value);
    size_t point = text.find('.'), behind = text.size() - point - 1;
    bool pads = !isScientific && behind < after;
    return padded(text, before > point ? before - point : 0, pads ? after - behind : 0);
  }

private:
  std::string plain(double value) const {
    if (dtype == Dtype::Bool)
      return value == 0 ? "False" : isScalar ? "True" : " True";
    if (std::isnan(value))
      return "nan";
    return isFloating(dtype) ? fmt::format("{}", value) : std::to_string(int64_t(value));
  }

  /// `1.`, `0.25`: at most eight digits behind the point.
  std::string positional(double value) const {
    std::string text = shortest(value, dtype);
    if (text.find('e') != std::string::npos ||
        text.size() - std::min(text.find('.'), text.size()) > maxDigits + 1) {
      text = fmt::format("{:.{}f}", value, maxDigits);
      text.erase(text.find_last_not_of('0') + 1);
    }
    return text.find('.') == std::string::npos ? text + "." : text;
  }

  std::string scientific(double value, int digits) const {
    return fmt::format("{:#.{}e}", dtype == Dtype::Float32 ? double(float(value)) : value, digits);
  }

  /// How many digits behind the point a number has when it has an exponent.
  int significant(double value) const {
    std::string text = shortest(std::fabs(value), dtype);
    text = text.substr(0, text.find('e'));
    text.erase(std::remove(text.begin(), text.end(), '.'), text.end());
    size_t first = text.find_first_not_of('0'), last = text.find_last_not_of('0');
    return first == std::string::npos ? 0 : std::min<int>(last - first, maxDigits);
  }

  void measureReals(const std::vector<double> &shown) {
    double largest = 0, smallest = INFINITY;
    for (double value : shown)
      if (std::isfinite(value) && value != 0) {
        largest = std::max(largest, std::fabs(value));
        smallest = std::min(smallest, std::fabs(value));
      }
    isScientific =
        largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000.0);
    for (double value : shown)
      if (std::isfinite(value) && isScientific)
        after = std::max<size_t>(after, significant(value));
    for (double value : shown) {
      if (!std::isfinite(value))
        continue;
      std::string text = isScientific ? scientific(value, after) : positional(value);
      size_t point = text.find('.');
      before = std::max(before, point);
      if (!isScientific)
        after = std::max(after, text.size() - point - 1);
    }
    for (double value : shown)
      if (!std::isfinite(value)) {
        size_t size = plain(value).size(), others = after + 1;
        before = std::max(before, size > others ? size - others : 0);
      }
  }

  const Dtype dtype;
  const bool isScalar;
  size_t width = 0;
  bool isScientific = false;
  /// Characters in front of the point and behind it.
  size_t before = 0, after = 0;
};

class Writer {
public:
  Writer(const NdArray &array, llvm::StringRef separator, size_t prefix)
      : array(array), separator(separator), isShortened(array.size() > threshold),
        format(shownElements(), array.dtype, array.rank() == 0) {
    indent = prefix;
  }

  std::string write() { return level(0, 0, std::string(indent, ' '), lineWidth); }

private:
  /// The indices of an axis that are shown, and where the gap is.
  std::vector<int64_t> shown(int64_t size) const {
    std::vector<int64_t> indices;
    bool hasGap = isShortened && size > 2 * edgeItems;
    for (int64_t i = 0; i < size; ++i)
      if (!hasGap || i < edgeItems || i >= size - edgeItems)
        indices.push_back(i);
    return indices;
  }

  std::vector<double> shownElements() const {
    if (!isShortened)
      return array.elements();
    std::vector<double> result;
    collect(0, 0, result);
    return result;
  }

  void collect(size_t axis, int64_t index, std::vector<double> &result) const {
    if (axis == array.rank()) {
      result.push_back(array.at(index));
      return;
    }
    for (int64_t i : shown(array.shape[axis]))
      collect(axis + 1, index * array.shape[axis] + i, result);
  }

  static void extend(std::string &text, std::string &line, llvm::StringRef word, size_t width,
                     llvm::StringRef next) {
    if (line.size() + word.size() > width && line.size() > next.size()) {
      text += llvm::StringRef(line).rtrim().str() + "\n";
      line = next.str();
    }
    line += word;
  }

  std::string level(size_t axis, int64_t index, const std::string &hanging, size_t width) const {
    size_t left = array.rank() - axis;
    if (left == 0)
      return format.write(array.at(index));
    int64_t size = array.shape[axis];
    std::vector<int64_t> indices = shown(size);
    bool hasGap = int64_t(indices.size()) < size;
    std::string inner = hanging + " ", text, line = inner;
    std::string between = separator.rtrim().str() + std::string(left - 1, '\n');
    size_t lineEnd = width - std::max<size_t>(separator.rtrim().size(), 1);
    for (size_t k = 0; k < indices.size(); ++k) {
      bool isLast = k + 1 == indices.size();
      std::string word = level(axis + 1, index * size + indices[k], inner, width - 1);
      if (hasGap && k == edgeItems) {
        if (left == 1) {
          extend(text, line, "...", lineEnd, inner);
          line += separator;
        } else {
          text += inner + "..." + between;
        }
      }
      if (left == 1) {
        extend(text, line, word, lineEnd, inner);
        line += isLast ? "" : separator.str();
      } else {
        text += inner + word + (isLast ? "" : between);
      }
    }
    if (left == 1)
      text += line;
    return "[" + (text.size() > inner.size() ? text.substr(inner.size()) : "") + "]";
  }

  const NdArray &array;
  const llvm::StringRef separator;
  const bool isShortened;
  const ElementFormat format;
  size_t indent = 0;
};

} // namespace

std::string NdArray::str() const {
  if (size() == 0)
    return "[]";
  return Writer(*this, " ", 0).write();
}

std::string NdArray::repr(unsigned depth) const {
  bool isShown = dtype == Dtype::Float64 || dtype == Dtype::Int64 || dtype == Dtype::Bool;
  std::string suffix = isShown && size() > 0 ? "" : ", dtype=" + dtypeName(dtype).str();
  if (size() == 0)
    return "array([]" + (shape.size() == 1 ? "" : ", shape=" + shapeText()) + suffix + ")";
  return "array(" + Writer(*this, ", ", 6).write() + suffix + ")";
}

} // namespace rondo::eval
