//===- Rewrites.h - Which rewrites there are --------------------*- C++ -*-===//
//
// The names by which rewrites are switched off.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIMPLIFY_REWRITES_H
#define RONDO_COMPILER_SIMPLIFY_REWRITES_H

#include <string>
#include <vector>

namespace rondo {

/// Every name that `rondo-simplify{disable=NAME}` knows, sorted.
std::vector<std::string> rewriteNames();

} // namespace rondo

#endif // RONDO_COMPILER_SIMPLIFY_REWRITES_H
