// The floor of holdfast/1: what a Reserve costs with no product behind it.
//
// One thread does what no server of this protocol can leave out: TLS 1.3 by libssl, frames,
// unpacking the request with protobuf-c into a bump arena, packing an answer with the fields of a
// granted Reserve, one write per connection and turn. There is no stock, no limit, no idempotency,
// no check of what was asked. The ratio of Holdfast to this program in the same run says what the
// product itself costs.
//
// usage: floor PORT CERTIFICATE_CHAIN PRIVATE_KEY
// Port 0 takes any free one. The first line on standard output is "listening 127.0.0.1:PORT".

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "holdfast/v1/common.pb-c.h"
#include "holdfast/v1/stock.pb-c.h"

enum {
    HEADER_BYTES = 16,
    HEADER_BYTES_AFTER_LENGTH = 12,
    FRAME_BYTES_MAX = 64 * 1024,
    INPUT_BYTES = FRAME_BYTES_MAX + 4,
    OUTPUT_BYTES = 256 * 1024,
    ANSWER_BYTES_MAX = 256,
    ARENA_BYTES = 1024 * 1024,
    ARENA_ALIGNMENT = 16,
    EVENTS_PER_WAIT = 256,
    KIND_REQUEST = 2,
    KIND_RESPONSE = 3,
};

struct connection {
    SSL *tls;
    int fd;
    bool handshake_done;
    bool wants_output;  // EPOLLOUT is armed
    size_t input_count;
    size_t output_count;
    size_t output_sent;
    uint8_t input[INPUT_BYTES];
    uint8_t output[OUTPUT_BYTES];
};

// The memory of one unpacked request: given out by moving a position, taken back all at once.
static _Alignas(ARENA_ALIGNMENT) uint8_t arena[ARENA_BYTES];
static size_t arena_position;

static void *arena_allocate(void *unused, size_t byte_count) {
    (void)unused;
    size_t rounded = (byte_count + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (rounded < byte_count || rounded > ARENA_BYTES - arena_position) return NULL;
    void *result = arena + arena_position;
    arena_position += rounded;
    return result;
}

static void arena_free(void *unused, void *pointer) {
    (void)unused;
    (void)pointer;
}

static ProtobufCAllocator arena_allocator = {arena_allocate, arena_free, NULL};
static uint64_t request_count;
static int epoll_fd;

static void fail(const char *what) {
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int select_alpn(SSL *tls, const unsigned char **chosen, unsigned char *chosen_count,
                       const unsigned char *offered, unsigned int offered_count, void *unused) {
    (void)tls;
    (void)unused;
    static const unsigned char ours[] = "\x0aholdfast/1";
    int result = SSL_select_next_proto((unsigned char **)chosen, chosen_count, ours,
                                       sizeof ours - 1, offered, offered_count);
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *make_context(const char *chain_file, const char *key_file) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1
        || SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1
        || SSL_CTX_use_certificate_chain_file(context, chain_file) != 1
        || SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
    // Without SSL_MODE_RELEASE_BUFFERS, which would free and take the record buffers in each turn.
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    return context;
}

static int make_listener(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t address_size = sizeof address;
    if (fd < 0) fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(fd, 1024) != 0) fail("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &address_size) != 0) fail("getsockname");
    printf("listening 127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void accept_all(int listener, SSL_CTX *context) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *connection = calloc(1, sizeof *connection);
        if (connection == NULL) fail("calloc");
        connection->fd = fd;
        connection->tls = SSL_new(context);
        if (connection->tls == NULL || SSL_set_fd(connection->tls, fd) != 1) fail("SSL_new");
        SSL_set_accept_state(connection->tls);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
    }
}

static void release(struct connection *connection) {
    SSL_free(connection->tls);
    close(connection->fd);
    free(connection);
}

// Says whether the last call on the session only waits for the socket.
static bool waits(struct connection *connection, int result) {
    int error = SSL_get_error(connection->tls, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

// Writes what there is; false when the connection is gone.
static bool flush_output(struct connection *connection) {
    while (connection->output_sent < connection->output_count) {
        int result = SSL_write(connection->tls, connection->output + connection->output_sent,
                               (int)(connection->output_count - connection->output_sent));
        if (result <= 0) {
            if (!waits(connection, result)) return false;
            break;
        }
        connection->output_sent += (size_t)result;
    }
    bool blocked = connection->output_sent < connection->output_count;
    if (!blocked) connection->output_sent = connection->output_count = 0;
    if (blocked != connection->wants_output) {
        struct epoll_event event = {
            .events = blocked ? EPOLLOUT : EPOLLIN,  // a peer that does not read is not read either
            .data.ptr = connection,
        };
        if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &event) != 0) fail("epoll_ctl");
        connection->wants_output = blocked;
    }
    return true;
}

static void put_u32(uint8_t *to, uint32_t value) {
    uint32_t big_endian = htonl(value);
    memcpy(to, &big_endian, sizeof big_endian);
}

// Appends the RESPONSE to one request: the fields that Holdfast fills for RESERVED, one line.
static void answer(struct connection *connection, const uint8_t *request_header,
                   const Holdfast__V1__ReserveRequest *request) {
    Holdfast__V1__ReservedLine line = HOLDFAST__V1__RESERVED_LINE__INIT;
    Holdfast__V1__ReservedLine *lines[] = {&line};
    Holdfast__V1__ReserveResponse response = HOLDFAST__V1__RESERVE_RESPONSE__INIT;
    line.product_id = request->lines[0]->product_id;
    line.granted = request->lines[0]->quantity;
    line.left = (int64_t)(1999999999 - request_count);
    line.used = line.granted;
    line.price_minor = 899900;
    line.outcome = HOLDFAST__V1__RESERVE_OUTCOME__RESERVE_OUTCOME_RESERVED;
    response.outcome = HOLDFAST__V1__RESERVE_OUTCOME__RESERVE_OUTCOME_RESERVED;
    response.reservation_id = request_count;
    response.deadline_ms = 1763800000000;
    response.n_lines = 1;
    response.lines = lines;
    response.state = HOLDFAST__V1__RESERVATION_STATE__RESERVATION_STATE_HELD;
    response.sale_used = line.granted;

    uint8_t *frame = connection->output + connection->output_count;
    size_t body_bytes = holdfast__v1__reserve_response__pack(&response, frame + HEADER_BYTES);
    put_u32(frame, (uint32_t)(HEADER_BYTES_AFTER_LENGTH + body_bytes));
    frame[4] = KIND_RESPONSE;
    frame[5] = 0;
    frame[6] = frame[7] = 0;
    memcpy(frame + 8, request_header + 8, 4);  // the call id
    put_u32(frame + 12, 0);
    connection->output_count += HEADER_BYTES + body_bytes;
}

// Answers every whole request in the input; false when the peer sent what is not taken here.
static bool answer_input(struct connection *connection) {
    size_t offset = 0;
    while (connection->input_count - offset >= HEADER_BYTES) {
        const uint8_t *header = connection->input + offset;
        uint32_t length;
        memcpy(&length, header, sizeof length);
        length = ntohl(length);
        if (length < HEADER_BYTES_AFTER_LENGTH || length > FRAME_BYTES_MAX) return false;
        if (connection->input_count - offset - 4 < length) break;
        offset += 4 + (size_t)length;
        if (header[4] != KIND_REQUEST) continue;
        arena_position = 0;
        Holdfast__V1__ReserveRequest *request = holdfast__v1__reserve_request__unpack(
            &arena_allocator, length - HEADER_BYTES_AFTER_LENGTH, header + HEADER_BYTES);
        if (request == NULL || request->n_lines == 0) return false;
        if (strlen(request->lines[0]->product_id) > 64) return false;
        if (OUTPUT_BYTES - connection->output_count < ANSWER_BYTES_MAX) {
            if (!flush_output(connection)) return false;
            if (connection->output_count != 0) return false;
        }
        request_count += 1;
        answer(connection, header, request);
    }
    memmove(connection->input, connection->input + offset, connection->input_count - offset);
    connection->input_count -= offset;
    return true;
}

// One turn of a ready connection; false when it is over.
static bool turn(struct connection *connection) {
    if (!connection->handshake_done) {
        int result = SSL_do_handshake(connection->tls);
        if (result != 1) return waits(connection, result);
        connection->handshake_done = true;
    }
    if (connection->wants_output) return flush_output(connection);
    // One read a turn: the socket is level-triggered, so what stays there brings the next turn. A
    // read until EAGAIN would cost every turn a system call that returns nothing.
    do {
        int result = SSL_read(connection->tls, connection->input + connection->input_count,
                              (int)(INPUT_BYTES - connection->input_count));
        if (result <= 0) {
            if (!waits(connection, result)) return false;
            break;
        }
        connection->input_count += (size_t)result;
        if (!answer_input(connection)) return false;
    } while (SSL_has_pending(connection->tls));
    return flush_output(connection);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 4) {
        fprintf(stderr, "usage: floor PORT CERTIFICATE_CHAIN PRIVATE_KEY\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *context = make_context(arguments[2], arguments[3]);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) fail("epoll_create1");
    int listener = make_listener((uint16_t)atoi(arguments[1]));
    struct epoll_event listening = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &listening) != 0) fail("epoll_ctl");

    struct epoll_event events[EVENTS_PER_WAIT];
    for (;;) {
        int count = epoll_wait(epoll_fd, events, EVENTS_PER_WAIT, -1);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (int index = 0; index < count; index += 1) {
            struct connection *connection = events[index].data.ptr;
            if (connection == NULL) {
                accept_all(listener, context);
            } else {
                ERR_clear_error();
                if (!turn(connection)) release(connection);
            }
        }
    }
}
