// accept4 and the names of threads are GNU extensions. The header must do without: it would show
// Swift other definitions of the C library's types than its Glibc module has.
#define _GNU_SOURCE

#include "CLinux.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

int holdfast_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int holdfast_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(epoll, operation, fd, &event);
}

int holdfast_event_fd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

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
