//===- Library.cpp - Loading oneDNN ------------------------------------------===//
//
// Finds the library and the functions it must have, and refuses what would not
// work: another major version, another kind of threads.
//
//===----------------------------------------------------------------------===//

#include "runtime/onednn/Library.h"
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <pthread.h>

namespace rondo::onednn {

Api api;
dnnl_engine_t engine;
dnnl_primitive_attr_t attributes;
OpenMp openMp;

namespace {

#define RONDO_STRING(x) #x
#define RONDO_EXPANDED_STRING(x) RONDO_STRING(x)
#define RONDO_ONEDNN_MAJOR RONDO_EXPANDED_STRING(DNNL_VERSION_MAJOR)

constexpr const char *kMend =
    "install oneDNN " RONDO_ONEDNN_MAJOR " (Debian's package libdnnl" RONDO_ONEDNN_MAJOR
    "), name its file in RONDO_ONEDNN_LIBRARY, or compile the model "
    "with --kernels=generated";

pthread_once_t once = PTHREAD_ONCE_INIT;
char problem[768];

template <typename Function> bool find(void *library, const char *symbol, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  return function;
}

/// A function of the OpenMP runtime that the library itself is bound to: as
/// the dynamic linker did, look at what the process has before what the
/// library brings.
template <typename Function>
bool findOpenMp(void *library, const char *symbol, Function &function) {
  return find(RTLD_DEFAULT, symbol, function) || find(library, symbol, function);
}

bool findOpenMp(void *library) {
  return findOpenMp(library, "omp_get_max_threads", openMp.get_max_threads) &&
         findOpenMp(library, "omp_set_num_threads", openMp.set_num_threads) &&
         findOpenMp(library, "omp_get_dynamic", openMp.get_dynamic) &&
         findOpenMp(library, "omp_set_dynamic", openMp.set_dynamic) &&
         findOpenMp(library, "omp_get_thread_num", openMp.get_thread_num) &&
         findOpenMp(library, "GOMP_parallel", openMp.parallel);
}

#define RONDO_REFUSE(...)                                                                          \
  do {                                                                                             \
    std::snprintf(problem, sizeof(problem), __VA_ARGS__);                                          \
    return;                                                                                        \
  } while (false)

void loadOnce() {
  const char *file = std::getenv("RONDO_ONEDNN_LIBRARY");
  if (!file || !*file)
    file = "libdnnl.so." RONDO_ONEDNN_MAJOR;
  // Never closed: threads of its OpenMP runtime may outlive the artifact.
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *why = dlerror();
    RONDO_REFUSE("%s cannot be loaded (%s); %s", file, why ? why : "no reason is known", kMend);
  }

  if (!find(library, "dnnl_version", api.version))
    RONDO_REFUSE("%s is not oneDNN; %s", file, kMend);
  const dnnl_version_t &version = *api.version();
  if (version.major != DNNL_VERSION_MAJOR || (version.major == 2 && version.minor < 6))
    RONDO_REFUSE("%s is oneDNN %d.%d.%d; %s", file, version.major, version.minor, version.patch,
                 kMend);
  if (version.cpu_runtime != DNNL_RUNTIME_OMP && version.cpu_runtime != DNNL_RUNTIME_SEQ)
    RONDO_REFUSE(
        "%s brings threads of its own that are not OpenMP's; install a build of oneDNN for "
        "OpenMP, or compile the model with --kernels=generated",
        file);
#define RONDO_ONEDNN_FIND(name)                                                                    \
  if (!find(library, "dnnl_" #name, api.name))                                                     \
    RONDO_REFUSE("%s lacks dnnl_" #name "; %s", file, kMend);
  RONDO_ONEDNN_FUNCTIONS(RONDO_ONEDNN_FIND)
#undef RONDO_ONEDNN_FIND
  if (version.cpu_runtime == DNNL_RUNTIME_OMP && !findOpenMp(library))
    RONDO_REFUSE("the OpenMP runtime of %s is none that Rondo knows; install a build of oneDNN for "
                 "libgomp, libomp or libiomp5, or compile the model with --kernels=generated",
                 file);

  if (api.engine_create(&engine, dnnl_cpu, 0) != dnnl_success ||
      api.primitive_attr_create(&attributes) != dnnl_success ||
      api.primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) != dnnl_success)
    RONDO_REFUSE("%s finds no processor that it supports; compile the model with "
                 "--kernels=generated",
                 file);
}

} // namespace

const char *load() {
  pthread_once(&once, loadOnce);
  return *problem ? problem : nullptr;
}

} // namespace rondo::onednn
