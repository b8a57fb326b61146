// Counts heap allocations by the place in the code that asks for them. Preloaded into a server:
//
//   ALLOC_COUNT_FILE=report.txt LD_PRELOAD=./alloc_count.so server …
//
// Each SIGUSR1 appends a report of the allocations since the one before (the first: since the
// start) and starts anew, so that two signals enclose a window. A report has one line a library,
// then one a calling place, then "end":
//
//   library ALLOCATIONS BYTES FILE
//   place ALLOCATIONS BYTES FILE+OFFSET SYMBOL
//
// A place is the return address of malloc and its kin: the code that called it. libssl and
// libcrypto reach malloc only through CRYPTO_malloc in libcrypto, the Swift runtime only from
// within itself or the program, and protobuf-c from its own library, so the library tells whose
// allocation it was.
//
// The counting itself takes no lock and allocates nothing; freeing is not counted.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// glibc's own entries, which stay reachable when malloc is replaced.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { PLACES_MAX = 1 << 14, LIBRARIES_MAX = 128, PLACES_SHOWN = 40 };

struct place {
    _Atomic(uintptr_t) address;
    atomic_uint_fast64_t count;
    atomic_uint_fast64_t bytes;
};

static struct place places[PLACES_MAX];
static atomic_uint_fast64_t places_lost;

static void count(void *caller, size_t byte_count) {
    uintptr_t address = (uintptr_t)caller;
    size_t slot = (address * 0x9E3779B97F4A7C15ull) >> 50;
    for (size_t probe = 0; probe < PLACES_MAX; probe += 1) {
        struct place *place = &places[(slot + probe) & (PLACES_MAX - 1)];
        uintptr_t found = atomic_load_explicit(&place->address, memory_order_relaxed);
        if (found == 0
            && atomic_compare_exchange_strong_explicit(
                &place->address, &found, address, memory_order_relaxed, memory_order_relaxed)) {
            found = address;
        }
        if (found == address) {
            atomic_fetch_add_explicit(&place->count, 1, memory_order_relaxed);
            atomic_fetch_add_explicit(&place->bytes, byte_count, memory_order_relaxed);
            return;
        }
    }
    atomic_fetch_add_explicit(&places_lost, 1, memory_order_relaxed);
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size) {
    count(CALLER, size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(CALLER, number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *pointer, size_t size) {
    count(CALLER, size);
    return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
    count(CALLER, size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(CALLER, size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
        return EINVAL;
    }
    count(CALLER, size);
    void *pointer = __libc_memalign(alignment, size);
    if (pointer == NULL) return ENOMEM;
    *result = pointer;
    return 0;
}

// The report.

struct line {
    uint64_t count;
    uint64_t bytes;
    const char *file;
    uintptr_t offset;
    const char *symbol;
};

static struct line place_lines[PLACES_MAX];
static struct line library_lines[LIBRARIES_MAX];

static int by_count(const void *left, const void *right) {
    const struct line *a = left, *b = right;
    return a->count < b->count ? 1 : a->count > b->count ? -1 : 0;
}

// Takes the counts and sets them to zero; the number of lines.
static size_t take_places(void) {
    size_t used = 0;
    for (size_t index = 0; index < PLACES_MAX; index += 1) {
        struct place *place = &places[index];
        uintptr_t address = atomic_load(&place->address);
        uint64_t taken = address == 0 ? 0 : atomic_exchange(&place->count, 0);
        if (taken == 0) continue;
        struct line *line = &place_lines[used];
        Dl_info info;
        *line = (struct line){.count = taken, .bytes = atomic_exchange(&place->bytes, 0)};
        if (dladdr((void *)address, &info) != 0 && info.dli_fname != NULL) {
            line->file = info.dli_fname;
            line->offset = address - (uintptr_t)info.dli_fbase;
            line->symbol = info.dli_sname;
        } else {
            line->file = "unknown";
            line->offset = address;
        }
        used += 1;
    }
    qsort(place_lines, used, sizeof place_lines[0], by_count);
    return used;
}

static size_t add_up_libraries(size_t place_count) {
    size_t used = 0;
    for (size_t index = 0; index < place_count; index += 1) {
        struct line *place = &place_lines[index];
        size_t library = 0;
        while (library < used && strcmp(library_lines[library].file, place->file) != 0) {
            library += 1;
        }
        if (library == used) {
            if (used == LIBRARIES_MAX) continue;
            library_lines[used] = (struct line){.file = place->file};
            used += 1;
        }
        library_lines[library].count += place->count;
        library_lines[library].bytes += place->bytes;
    }
    qsort(library_lines, used, sizeof library_lines[0], by_count);
    return used;
}

static void report(const char *path) {
    size_t place_count = take_places();
    size_t library_count = add_up_libraries(place_count);
    FILE *file = fopen(path, "a");
    if (file == NULL) {
        fprintf(stderr, "alloc_count: cannot write %s: %s\n", path, strerror(errno));
        return;
    }
    for (size_t index = 0; index < library_count; index += 1) {
        struct line *line = &library_lines[index];
        fprintf(file, "library %llu %llu %s\n", (unsigned long long)line->count,
                (unsigned long long)line->bytes, line->file);
    }
    for (size_t index = 0; index < place_count && index < PLACES_SHOWN; index += 1) {
        struct line *line = &place_lines[index];
        fprintf(file, "place %llu %llu %s+0x%llx %s\n", (unsigned long long)line->count,
                (unsigned long long)line->bytes, line->file, (unsigned long long)line->offset,
                line->symbol == NULL ? "-" : line->symbol);
    }
    unsigned long long lost = (unsigned long long)atomic_exchange(&places_lost, 0);
    if (lost > 0) fprintf(file, "library %llu 0 uncounted-places\n", lost);
    fprintf(file, "end\n");
    fclose(file);
}

static sem_t asked;

static void ask(int number) {
    (void)number;
    sem_post(&asked);
}

static void *report_when_asked(void *path) {
    for (;;) {
        if (sem_wait(&asked) == 0) report(path);
    }
    return NULL;
}

// Before main. The handler only wakes a thread, so that a report is written by ordinary code; a
// blocked signal and sigwait would not do, since runtimes unblock signals on threads of their own.
__attribute__((constructor)) static void start(void) {
    const char *path = getenv("ALLOC_COUNT_FILE");
    if (path == NULL) return;
    struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART};
    pthread_t thread;
    if (sem_init(&asked, 0, 0) != 0 || sigaction(SIGUSR1, &action, NULL) != 0
        || pthread_create(&thread, NULL, report_when_asked, (void *)path) != 0) {
        fprintf(stderr, "alloc_count: cannot start: %s\n", strerror(errno));
        _Exit(1);
    }
    pthread_detach(thread);
}
