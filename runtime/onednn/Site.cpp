//===- Site.cpp - Calls of oneDNN primitives ---------------------------------===//
//
// A site keeps the primitives of the last few shapes that it saw. A call of a
// shape that it knows points the memory objects at the caller's tensors and
// runs: nothing is made, nothing is allocated here.
//
//===----------------------------------------------------------------------===//

#include "runtime/onednn/Site.h"
#include "runtime/onednn/Descriptors.h"
#include <cstdlib>
#include <cstring>
#include <new>

namespace rondo::onednn {
namespace {

/// As many as a context keeps for an entry.
constexpr int kShapesPerSite = 4;

/// A primitive and its memory objects.
class Primitive {
public:
  Primitive() = default;
  ~Primitive() { reset(); }
  Primitive(const Primitive &) = delete;
  Primitive &operator=(const Primitive &) = delete;

  bool isMade() const { return primitive; }

  void reset() {
    for (int i = 0; i < count; ++i)
      api.memory_destroy(arguments[i].memory);
    count = 0;
    if (primitive)
      api.primitive_destroy(primitive);
    primitive = nullptr;
  }

  dnnl_status_t make(const Descriptor &desc) { return api.primitive_create(&primitive, desc); }

  /// Adds the memory object of `argument`, unless the primitive has none.
  dnnl_status_t add(const Descriptor &desc, int argument) {
    if (desc.bytes(argument) == 0)
      return dnnl_success;
    dnnl_exec_arg_t &added = arguments[count];
    added.arg = argument;
    dnnl_status_t status =
        api.memory_create(&added.memory, desc.layout(argument), engine, DNNL_MEMORY_NONE);
    count += status == dnnl_success;
    return status;
  }

  /// Where the tensor of `argument` lies this time.
  dnnl_status_t set(int argument, void *data) {
    for (int i = 0; i < count; ++i)
      if (arguments[i].arg == argument)
        return api.memory_set_data_handle(arguments[i].memory, data);
    return dnnl_success;
  }

  dnnl_status_t run(dnnl_stream_t stream) {
    dnnl_status_t status = api.primitive_execute(primitive, stream, count, arguments);
    return status == dnnl_success ? api.stream_wait(stream) : status;
  }

private:
  dnnl_primitive_t primitive = nullptr;
  int count = 0;
  dnnl_exec_arg_t arguments[kMostArguments];
};

/// A kind of primitive at a shape, and what has been made for it so far.
struct Prepared {
  int32_t kind, threads;
  int64_t shape[RONDO_ONEDNN_SHAPE_RANK];
  uint64_t lastUse; // 0: empty
  Descriptor desc;
  Packing packing; // of LSTMs
  Primitive main, packKernel, packRecurrent;

  bool fits(int32_t wantedKind, const int64_t *wantedShape, int32_t wantedThreads) const {
    return lastUse && kind == wantedKind && threads == wantedThreads &&
           std::memcmp(shape, wantedShape, sizeof(shape)) == 0;
  }

  void reset() {
    main.reset();
    packKernel.reset();
    packRecurrent.reset();
    packing.kernel.reset();
    packing.recurrent.reset();
    desc.reset();
    lastUse = 0;
  }
};

struct Site {
  dnnl_stream_t stream;
  uint64_t clock;
  Prepared shapes[kShapesPerSite];
};

#define RONDO_TRY(call)                                                                            \
  do {                                                                                             \
    if (dnnl_status_t status = (call))                                                             \
      return status;                                                                               \
  } while (false)

dnnl_status_t open(const rondo_rt *rt, int32_t index, Site *&site) {
  site = static_cast<Site *>(rt->sites[index]);
  if (site)
    return dnnl_success;
  void *memory = std::calloc(1, sizeof(Site));
  if (!memory)
    return dnnl_out_of_memory;
  Site *fresh = new (memory) Site();
  if (dnnl_status_t status = api.stream_create(&fresh->stream, engine, dnnl_stream_default_flags)) {
    std::free(memory);
    return status;
  }
  rt->sites[index] = site = fresh;
  return dnnl_success;
}

/// The place of a shape in its site: where it is prepared already, or else the
/// place that was used least recently, with descriptors made anew.
dnnl_status_t prepare(Site &site, int32_t kind, const int64_t *shape, int32_t threads,
                      Prepared *&result) {
  Prepared *oldest = site.shapes;
  for (Prepared &prepared : site.shapes) {
    if (prepared.fits(kind, shape, threads)) {
      prepared.lastUse = ++site.clock;
      result = &prepared;
      return dnnl_success;
    }
    if (prepared.lastUse < oldest->lastUse)
      oldest = &prepared;
  }
  oldest->reset();
  RONDO_TRY(describe(kind, shape, oldest->desc));
  if (kind != RONDO_ONEDNN_MATMUL)
    RONDO_TRY(describePacking(oldest->desc, shape, oldest->packing));
  oldest->kind = kind;
  oldest->threads = threads;
  std::memcpy(oldest->shape, shape, sizeof(oldest->shape));
  oldest->lastUse = ++site.clock;
  result = oldest;
  return dnnl_success;
}

/// Makes `primitive` with memory for `arguments`, whole or not at all.
dnnl_status_t make(Primitive &primitive, const Descriptor &desc, const Binding *arguments) {
  if (primitive.isMade())
    return dnnl_success;
  dnnl_status_t status = primitive.make(desc);
  for (; status == dnnl_success && arguments->tensor >= 0; ++arguments)
    status = primitive.add(desc, arguments->argument);
  if (status != dnnl_success)
    primitive.reset();
  return status;
}

/// Completes the tensors of an LSTM: states that are made, and gradients of the
/// weights at zero, since oneDNN adds to what they hold.
void completeTensors(const Prepared &prepared, void **tensors) {
  const LstmShape s(prepared.shape);
  const bool backward = prepared.kind == RONDO_ONEDNN_LSTM_BACKWARD;
  if (makesStates(prepared.kind, prepared.shape)) {
    const ScratchLayout layout(prepared.desc, prepared.kind, prepared.shape);
    char *scratch =
        static_cast<char *>(tensors[backward ? kBackwardScratchpad : kForwardScratchpad]);
    std::memset(scratch + layout.zeros, 0, layout.stateBytes);
    tensors[kH0] = tensors[kC0] = scratch + layout.zeros;
    if (backward) {
      tensors[kDH0] = scratch + layout.dH0;
      tensors[kDC0] = scratch + layout.dC0;
    }
  }
  if (backward) {
    std::memset(tensors[kDKernel], 0, s.features * 4 * s.units * sizeof(float));
    std::memset(tensors[kDRecurrent], 0, s.units * 4 * s.units * sizeof(float));
    std::memset(tensors[kDBias], 0, 4 * s.units * sizeof(float));
  }
}

dnnl_status_t run(const rondo_rt *rt, int32_t index, int32_t kind, const int64_t *shape,
                  void *const *given) {
  ThreadScope scope(rt->threads);
  Site *site;
  Prepared *prepared;
  RONDO_TRY(open(rt, index, site));
  RONDO_TRY(prepare(*site, kind, shape, rt->threads, prepared));
  RONDO_TRY(make(prepared->main, prepared->desc, bindings(kind)));
  void *tensors[kMostArguments] = {};
  std::memcpy(tensors, given, numTensors(kind) * sizeof(void *));
  if (kind != RONDO_ONEDNN_MATMUL)
    completeTensors(*prepared, tensors);
  for (const Binding *binding = bindings(kind); binding->tensor >= 0; ++binding) {
    char *data = static_cast<char *>(tensors[binding->tensor]);
    if (binding->recurrent)
      data += prepared->packing.recurrentOffset;
    RONDO_TRY(prepared->main.set(binding->argument, data));
  }
  return prepared->main.run(site->stream);
}

dnnl_status_t reorder(Primitive &primitive, const Descriptor &desc, dnnl_stream_t stream,
                      void *from, void *to, void *scratch) {
  static const Binding arguments[] = {{DNNL_ARG_FROM, 0, false},
                                      {DNNL_ARG_TO, 1, false},
                                      {DNNL_ARG_SCRATCHPAD, 2, false},
                                      {0, -1, false}};
  RONDO_TRY(make(primitive, desc, arguments));
  RONDO_TRY(primitive.set(DNNL_ARG_FROM, from));
  RONDO_TRY(primitive.set(DNNL_ARG_TO, to));
  RONDO_TRY(primitive.set(DNNL_ARG_SCRATCHPAD, scratch));
  return primitive.run(stream);
}

dnnl_status_t pack(const rondo_rt *rt, int32_t index, int32_t kind, const int64_t *shape,
                   void *const *tensors) {
  ThreadScope scope(rt->threads);
  Site *site;
  Prepared *prepared;
  RONDO_TRY(open(rt, index, site));
  RONDO_TRY(prepare(*site, kind, shape, rt->threads, prepared));
  const Packing &packing = prepared->packing;
  char *packed = static_cast<char *>(tensors[2]);
  char *scratch = packed + packing.scratchOffset;
  RONDO_TRY(
      reorder(prepared->packKernel, packing.kernel, site->stream, tensors[0], packed, scratch));
  return reorder(prepared->packRecurrent, packing.recurrent, site->stream, tensors[1],
                 packed + packing.recurrentOffset, scratch);
}

/// The first failure of a call is the one that is told.
void report(const rondo_rt *rt, dnnl_status_t status) {
  if (status != dnnl_success && *rt->failure == RONDO_OK)
    *rt->failure = status == dnnl_out_of_memory ? RONDO_OUT_OF_MEMORY : RONDO_MISSING_LIBRARY;
}

} // namespace

void release(void **sites, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    Site *site = static_cast<Site *>(sites[i]);
    if (!site)
      continue;
    for (Prepared &prepared : site->shapes)
      prepared.reset();
    api.stream_destroy(site->stream);
    std::free(site);
    sites[i] = nullptr;
  }
}

} // namespace rondo::onednn

using namespace rondo::onednn;

extern "C" int64_t rondo_onednn_size(int32_t kind, int32_t buffer, const int64_t *shape,
                                     int32_t threads) {
  Descriptor desc;
  if (load())
    return -1;
  ThreadScope scope(threads);
  if (describe(kind, shape, desc) != dnnl_success)
    return -1;
  switch (buffer) {
  case RONDO_ONEDNN_SCRATCHPAD:
    return ScratchLayout(desc, kind, shape).bytes;
  case RONDO_ONEDNN_WORKSPACE:
    return desc.bytes(DNNL_ARG_WORKSPACE);
  default:
    break;
  }
  Packing packing;
  return describePacking(desc, shape, packing) == dnnl_success ? packing.bytes : -1;
}

extern "C" void rondo_onednn_pack(const rondo_rt *rt, int32_t site, int32_t kind,
                                  const int64_t *shape, void *const *args) {
  report(rt, pack(rt, site, kind, shape, args));
}

extern "C" void rondo_onednn_run(const rondo_rt *rt, int32_t site, int32_t kind,
                                 const int64_t *shape, void *const *args) {
  report(rt, run(rt, site, kind, shape, args));
}
