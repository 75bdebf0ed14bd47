/*===- ForeignDnnl.c - Libraries that are not the oneDNN one wants ---------===*/
/*
 * Only dnnl_version: of another major version, or with threads of its own
 * kind, or right and then nothing behind it.
 */

#include <oneapi/dnnl/dnnl_config.h>
#include <oneapi/dnnl/dnnl_types.h>
#include <oneapi/dnnl/dnnl_version.h>

#ifndef RONDO_FOREIGN_MAJOR
#define RONDO_FOREIGN_MAJOR DNNL_VERSION_MAJOR
#endif
#ifndef RONDO_FOREIGN_RUNTIME
#define RONDO_FOREIGN_RUNTIME DNNL_RUNTIME_OMP
#endif

__attribute__((visibility("default"))) const dnnl_version_t *dnnl_version(void) {
  static const dnnl_version_t version = {
      .major = RONDO_FOREIGN_MAJOR, .minor = 7, .cpu_runtime = RONDO_FOREIGN_RUNTIME};
  return &version;
}
