//===- Terminal.h - Talking to people ---------------------------*- C++ -*-===//
//
// What is said on stderr, and how wide the terminal is.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H
#define RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H

#include <cmath>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <sys/ioctl.h>
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

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H
