//===- Plan.cpp - Placing the buffers of an entry in an arena -------------===//
//
// Runs an entry's compiled plan function, after the kernel library that it may
// ask is there, and packs the buffers best-fit.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Plan.h"
#include <cstdlib>
#include <cstring>

namespace rondo::rt {
namespace {

bool meet(const rondo_lifetime &a, const rondo_lifetime &b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Inserts `value` into the first `count` entries of `list`, before the first
/// one that `before(value, entry)` puts it in front of.
template <typename Before>
void insertSorted(int64_t *list, int64_t count, int64_t value, Before before) {
  int64_t at = count;
  for (; at > 0 && before(value, list[at - 1]); --at)
    list[at] = list[at - 1];
  list[at] = value;
}

bool isAnyNegative(const int64_t *sizes, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    if (sizes[i] < 0)
      return true;
  return false;
}

} // namespace

rondo_status packBuffers(const int64_t *sizes, const rondo_lifetime *lifetimes, int64_t count,
                         int64_t base, int64_t *offsets, int64_t &end) {
  end = base;
  if (count == 0)
    return RONDO_OK;
  int64_t *order = static_cast<int64_t *>(std::calloc(count, 2 * sizeof(int64_t)));
  if (!order)
    return RONDO_OUT_OF_MEMORY;
  int64_t *placed = order + count; // by offset
  for (int64_t i = 0; i < count; ++i)
    insertSorted(order, i, i, [&](int64_t a, int64_t b) { return sizes[a] > sizes[b]; });

  rondo_status status = RONDO_OK;
  for (int64_t i = 0; i < count && status == RONDO_OK; ++i) {
    int64_t buffer = order[i], size, after;
    // The sum of aligned sizes bounds every offset, so checking it is enough.
    if (!alignUp(sizes[buffer], size)) {
      status = RONDO_OUT_OF_MEMORY;
      break;
    }
    int64_t free = base, best = -1, bestGap = INT64_MAX;
    for (int64_t k = 0; k < i; ++k) {
      int64_t other = placed[k];
      if (!meet(lifetimes[buffer], lifetimes[other]))
        continue;
      int64_t gap = offsets[other] - free;
      if (gap >= size && gap < bestGap) {
        best = free;
        bestGap = gap;
      }
      int64_t otherEnd;
      alignUp(offsets[other] + sizes[other], otherEnd);
      free = otherEnd > free ? otherEnd : free;
    }
    offsets[buffer] = best >= 0 ? best : free;
    if (__builtin_add_overflow(offsets[buffer], size, &after) || after > INT64_MAX - kAlignment)
      status = RONDO_OUT_OF_MEMORY;
    else if (after > end)
      end = after;
    insertSorted(placed, i, buffer, [&](int64_t a, int64_t b) { return offsets[a] < offsets[b]; });
  }
  std::free(order);
  return status;
}

rondo_status checkEntry(const rondo_model *model, int32_t entry, Message *message) {
  static const char *const names[RONDO_ENTRY_COUNT] = {
      "forward", "evaluate", "loss_and_gradients", "train_step", "vjp", "hvp"};
  if (entry < 0 || entry >= RONDO_ENTRY_COUNT)
    return fail(message, RONDO_INVALID_ARGUMENT, "there is no entry %d", static_cast<int>(entry));
  if (!entryOf(model, entry).run)
    return fail(message, RONDO_NOT_COMPILED, "`%s` was compiled without `%s`", model->name,
                names[entry]);
  return RONDO_OK;
}

namespace {

/// Whether an entry has to know a dimension: those of labels are none of what has no targets.
bool needsSymbol(const rondo_model *model, int32_t entry, const char *symbol) {
  if (entry != RONDO_FORWARD && entry != RONDO_VJP)
    return true;
  auto isIn = [&](const rondo_tensor_info *infos, int32_t count) {
    for (int32_t i = 0; i < count; ++i)
      for (int32_t axis = 0; axis < infos[i].rank; ++axis)
        if (infos[i].symbols[axis] && std::strstr(infos[i].symbols[axis], symbol))
          return true;
    return false;
  };
  return isIn(model->inputs, model->num_inputs) || isIn(model->outputs, model->num_outputs) ||
         !isIn(model->targets, model->num_targets);
}

} // namespace

rondo_status planEntry(const rondo_model *model, int32_t entry, const int64_t *dims,
                       int32_t threads, int64_t *offsets, int64_t &bytes, Message *message) {
  if (!dims && model->num_symbols > 0)
    return fail(message, RONDO_INVALID_ARGUMENT, "`dims` is null");
  // The upper bound keeps the products of compiled plans within 64 bits.
  for (int32_t i = 0; i < model->num_symbols; ++i)
    if ((dims[i] < 1 || dims[i] > INT32_MAX) && needsSymbol(model, entry, model->symbols[i]))
      return fail(message, RONDO_INVALID_ARGUMENT, "dimension `%s` is %lld; it must be at %s %d",
                  model->symbols[i], static_cast<long long>(dims[i]),
                  dims[i] < 1 ? "least" : "most", dims[i] < 1 ? 1 : INT32_MAX);

  const rondo_kernel_library *library = slotOf(model).desc->kernel_library;
  if (library)
    if (const char *problem = library->load())
      return fail(message, RONDO_MISSING_LIBRARY, "`%s` needs %s: %s", model->name, library->name,
                  problem);

  const rondo_entry_desc &desc = entryOf(model, entry);
  int64_t count = desc.num_buffers, table;
  if (!alignUp(count * static_cast<int64_t>(sizeof(int64_t)), table))
    return fail(message, RONDO_OUT_OF_MEMORY, "the arena is too large");
  int64_t *sizes =
      static_cast<int64_t *>(std::calloc(count + 1 + model->num_symbols, sizeof(int64_t)));
  if (!sizes)
    return fail(message, RONDO_OUT_OF_MEMORY, "no memory for a plan");
  // What does not matter may be anything.
  int64_t *admitted = sizes + count + 1;
  for (int32_t i = 0; i < model->num_symbols; ++i)
    admitted[i] = needsSymbol(model, entry, model->symbols[i]) ? dims[i] : 1;
  rondo_status status = RONDO_OK;
  if (int32_t refused = desc.plan(admitted, sizes, threads)) {
    int32_t i = refused - 1;
    status = i >= 0 && i < model->num_symbols
                 ? fail(message, RONDO_INVALID_ARGUMENT,
                        "dimension `%s` is %lld, which the model does not admit", model->symbols[i],
                        static_cast<long long>(dims[i]))
                 : fail(message, RONDO_INVALID_ARGUMENT, "the model does not admit these `dims`");
  } else if (library && isAnyNegative(sizes, count)) {
    status = fail(message, RONDO_INVALID_ARGUMENT, "%s refuses `%s` for these dimensions",
                  library->name, model->name);
  } else {
    status = packBuffers(sizes, desc.lifetimes, count, table, offsets, bytes);
    if (status != RONDO_OK)
      fail(message, status, "no memory for a plan of these dimensions");
  }
  std::free(sizes);
  return status;
}

rondo_status arenaSize(const rondo_model *model, rondo_entry entry, const int64_t *dims,
                       int64_t *bytes) {
  if (!model || !bytes)
    return RONDO_INVALID_ARGUMENT;
  if (rondo_status status = checkEntry(model, entry, nullptr))
    return status;
  int64_t count = entryOf(model, entry).num_buffers;
  int64_t *offsets = static_cast<int64_t *>(std::calloc(count + 1, sizeof(int64_t)));
  if (!offsets)
    return RONDO_OUT_OF_MEMORY;
  rondo_status status = planEntry(model, entry, dims, /*threads=*/1, offsets, *bytes, nullptr);
  std::free(offsets);
  return status;
}

} // namespace rondo::rt
