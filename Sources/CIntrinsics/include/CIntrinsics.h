// What the engine and the journal need of the processor and Swift cannot say. Header-only, so that it inlines.
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

/// One byte of CRC-32C (Castagnoli, reflected), bit by bit: for processors without an instruction for it.
static inline uint32_t holdfast_crc32c_byte(uint32_t state, uint8_t byte) {
    state ^= byte;
    for (int bit = 0; bit < 8; bit++) state = state & 1 ? 0x82f63b78u ^ (state >> 1) : state >> 1;
    return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static inline uint32_t holdfast_crc32c_fast(
    uint32_t state, const uint8_t *bytes, size_t count) {
    uint64_t wide = state;
    while (count >= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        wide = __builtin_ia32_crc32di(wide, word);
        bytes += 8;
        count -= 8;
    }
    state = (uint32_t)wide;
    while (count-- > 0) state = __builtin_ia32_crc32qi(state, *bytes++);
    return state;
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
static inline uint32_t holdfast_crc32c_fast(uint32_t state, const uint8_t *bytes, size_t count) {
    while (count >= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        state = __builtin_arm_crc32cd(state, word);
        bytes += 8;
        count -= 8;
    }
    while (count-- > 0) state = __builtin_arm_crc32cb(state, *bytes++);
    return state;
}
#endif

/// CRC-32C of `count` bytes, going on from `crc`; 0 begins.
static inline uint32_t holdfast_crc32c(uint32_t crc, const void *start, size_t count) {
    const uint8_t *bytes = (const uint8_t *)start;
    uint32_t state = ~crc;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~holdfast_crc32c_fast(state, bytes, count);
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
    return ~holdfast_crc32c_fast(state, bytes, count);
#endif
    while (count-- > 0) state = holdfast_crc32c_byte(state, *bytes++);
    return ~state;
}

#endif

