// accept4 and the names of threads are GNU extensions. The header must do without: it would show
// Swift other definitions of the C library's types than its Glibc module has.
#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

int holdfast_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int holdfast_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(epoll, operation, fd, &event);
}

int holdfast_epoll_wait(int epoll, struct epoll_event *events, int events_max, int64_t timeout_ns) {
    // Written by any thread, always to the same value.
    static _Atomic int is_unknown;
    if (timeout_ns <= 0) return epoll_wait(epoll, events, events_max, timeout_ns < 0 ? -1 : 0);
    if (!atomic_load_explicit(&is_unknown, memory_order_relaxed)) {
        struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
        int count = epoll_pwait2(epoll, events, events_max, &timeout, NULL);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
        atomic_store_explicit(&is_unknown, 1, memory_order_relaxed);
    }
    int64_t milliseconds = (timeout_ns + 999999) / 1000000;
    return epoll_wait(epoll, events, events_max, milliseconds > INT_MAX ? INT_MAX : (int)milliseconds);
}

int holdfast_event_fd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int holdfast_unread_byte_count(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) == 0 ? count : 0;
}

int holdfast_accept(int listener, void *address) {
    socklen_t length = sizeof(struct sockaddr_storage);
    return accept4(listener, address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int holdfast_tcp_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
}

int holdfast_bind(int fd, const void *address, uint32_t length) {
    return bind(fd, address, length);
}

int holdfast_connect(int fd, const void *address, uint32_t length) {
    return connect(fd, address, length);
}

int holdfast_local_address(int fd, void *address) {
    socklen_t length = sizeof(struct sockaddr_storage);
    return getsockname(fd, address, &length);
}

int holdfast_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

int holdfast_set_no_delay(int fd) {
    return holdfast_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

int holdfast_set_reuse_port(int fd) {
    return holdfast_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

int holdfast_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
        return -1;
    }
    return error;
}

int holdfast_name_this_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int holdfast_block_signals(void) {
    sigset_t all;
    sigfillset(&all);
    return pthread_sigmask(SIG_SETMASK, &all, NULL);
}

void holdfast_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

int holdfast_open(const char *path, int flags, unsigned mode, int direct) {
    return open(path, flags | O_CLOEXEC | (direct ? O_DIRECT : 0), mode);
}

ssize_t holdfast_write_synchronous(int fd, const void *bytes, size_t count, int64_t offset) {
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    return pwritev2(fd, &vector, 1, offset, RWF_DSYNC);
}

int holdfast_lock_file(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

void holdfast_futex_wait(const uint32_t *word, uint32_t expected, uint64_t microseconds) {
    struct timespec timeout = {
        .tv_sec = (time_t)(microseconds / 1000000),
        .tv_nsec = (long)(microseconds % 1000000) * 1000,
    };
    syscall(
        SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, microseconds ? &timeout : NULL, NULL, 0);
}

void holdfast_futex_wake(const uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int holdfast_run_this_thread_when_idle(void) {
    struct sched_param parameters = {0};
    return sched_setscheduler(0, SCHED_IDLE, &parameters);
}
