//===- Site.h - What a context keeps for a call of oneDNN -------*- C++ -*-===//
//
// The cell `rondo_rt.sites[site]` points to a Site once the call has run.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_ONEDNN_SITE_H
#define RONDO_RUNTIME_ONEDNN_SITE_H

#include <cstdint>

namespace rondo::onednn {

/// Frees the sites in sites[0 … count).
void release(void **sites, int32_t count);

} // namespace rondo::onednn

#endif // RONDO_RUNTIME_ONEDNN_SITE_H
