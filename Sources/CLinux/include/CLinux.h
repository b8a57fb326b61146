// System calls and macro constants that Swift's Glibc module does not show.
#ifndef HOLDFAST_CLINUX_H
#define HOLDFAST_CLINUX_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// Epoll's event bits as plain numbers: in C they are members of an enum, in `epoll_event` a uint32_t.
static const uint32_t holdfast_epoll_in = EPOLLIN;
static const uint32_t holdfast_epoll_out = EPOLLOUT;
static const uint32_t holdfast_epoll_error = EPOLLERR;
static const uint32_t holdfast_epoll_hang_up = EPOLLHUP;

// An epoll instance, closed on exec. Below 0 with errno set if there is none to have.
int holdfast_epoll_create(void);

// Adds, modifies or deletes (EPOLL_CTL_ADD, _MOD, _DEL) with `data` as the user data.
int holdfast_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data);

// epoll_wait with a timeout in nanoseconds (below 0: none), kept to the millisecond, rounded up, where the kernel or a
// sandbox does not know epoll_pwait2.
int holdfast_epoll_wait(int epoll, struct epoll_event *events, int events_max, int64_t timeout_ns);

// A non-blocking event descriptor, closed on exec.
int holdfast_event_fd(void);

// Addresses below are a struct sockaddr_storage each. They are void here, because including
// <sys/socket.h> would show Swift the socket types twice.

// Accepts a connection, non-blocking and closed on exec.
int holdfast_accept(int listener, void *address);

// Bytes that have come and were not read; 0 also when the kernel does not say.
int holdfast_unread_byte_count(int fd);

// A non-blocking TCP socket of the address family, closed on exec.
int holdfast_tcp_socket(int family);

int holdfast_bind(int fd, const void *address, uint32_t length);
int holdfast_connect(int fd, const void *address, uint32_t length);
int holdfast_local_address(int fd, void *address);

// Turns an integer socket option on or off; level and name as in setsockopt.
int holdfast_set_option(int fd, int level, int name, int value);

// The options of TCP that the transport needs.
int holdfast_set_no_delay(int fd);
int holdfast_set_reuse_port(int fd);

// The pending error of a socket (SO_ERROR), 0 if none.
int holdfast_socket_error(int fd);

// Names the calling thread; at most 15 bytes.
int holdfast_name_this_thread(const char *name);

// Blocks every signal on the calling thread, so that the process handles them elsewhere.
int holdfast_block_signals(void);

// SIGPIPE is ignored: a peer that has left shows as EPIPE on the write.
void holdfast_ignore_sigpipe(void);

// Files. Each returns what the system call returns, below 0 with errno set.

// O_CLOEXEC is added; O_DIRECT with `direct`.
int holdfast_open(const char *path, int flags, unsigned mode, int direct);

// pwrite whose data is on disk when it returns (pwritev2 with RWF_DSYNC).
ssize_t holdfast_write_synchronous(int fd, const void *bytes, size_t count, int64_t offset);

// An exclusive lock of the open file, not waited for (flock).
int holdfast_lock_file(int fd);

// Waits while the word is `expected`, at most so many microseconds (0: for ever). Returns at any wake as well.
void holdfast_futex_wait(const uint32_t *word, uint32_t expected, uint64_t microseconds);

// Wakes one thread that waits for the word.
void holdfast_futex_wake(const uint32_t *word);

// The calling thread runs only when nothing else wants the processor (SCHED_IDLE).
int holdfast_run_this_thread_when_idle(void);

#endif
