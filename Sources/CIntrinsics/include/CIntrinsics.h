// What the engine needs of the processor and Swift cannot say. Header-only, so that it inlines.
#ifndef HOLDFAST_CINTRINSICS_H
#define HOLDFAST_CINTRINSICS_H

#include <stddef.h>
#include <stdint.h>

/// Asks for the cache line at `address` for reading. Any address is allowed.
static inline void holdfast_prefetch_read(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

/// Asks for the cache line at `address` for writing. Any address is allowed.
static inline void holdfast_prefetch_write(const void *address) {
    __builtin_prefetch(address, 1, 3);
}

#endif
