//===- Terminal.h - What is known of the terminal ---------------*- C++ -*-===//
//
// How wide it is.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H
#define RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H

#include <sys/ioctl.h>

namespace rondo::tool {

/// Columns of the terminal behind a file descriptor; 0 where there is none, or
/// where it does not say.
inline int terminalColumns(int descriptor) {
  winsize size = {};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_TERMINAL_H
