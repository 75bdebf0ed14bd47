//===- Terminal.h - Talking to people ---------------------------*- C++ -*-===//
//
// What is said on stderr, how wide the terminal is, and whether it gets colours.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H
#define RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace rondo::tool {

/// Prints on stderr. What it does not take is lost: nothing fails because nobody
/// listens.
template <typename... Args> void say(fmt::format_string<Args...> format, Args &&...args) {
  std::string text = fmt::format(format, std::forward<Args>(args)...);
  fwrite(text.data(), 1, text.size(), stderr);
}

/// For numbers that people read: the sign of NaN means nothing.
inline double unsignedNan(double value) { return std::isnan(value) ? std::fabs(value) : value; }

/// Columns of the terminal behind a file descriptor; 0 where there is none, or
/// where it does not say.
inline int terminalColumns(int descriptor) {
  winsize size = {};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// `--color`.
enum class ColorChoice { Auto, Always, Never };

/// What the command line chose; set before a command runs.
inline ColorChoice colorChoice = ColorChoice::Auto;

/// Whether text that goes to a file descriptor may have colours: those of terminals may,
/// unless the user asks programs not to (no-color.org).
inline bool hasColor(int descriptor) {
  if (colorChoice != ColorChoice::Auto)
    return colorChoice == ColorChoice::Always;
  const char *noColor = getenv("NO_COLOR"), *terminal = getenv("TERM");
  bool isRefused = (noColor && *noColor) || (terminal && std::string_view(terminal) == "dumb");
  return !isRefused && isatty(descriptor);
}

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H
