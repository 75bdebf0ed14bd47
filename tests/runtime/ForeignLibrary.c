/*===- ForeignLibrary.c - A library that is no model -----------------------===//
 *
 * Ends the process when it is loaded, which looking at it must not do.
 *
 *===----------------------------------------------------------------------===*/

#include <stdlib.h>

__attribute__((constructor)) static void onLoad(void) { abort(); }

__attribute__((visibility("default"))) int foreign_function(void) { return 1; }
