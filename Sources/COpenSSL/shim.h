#ifndef HOLDFAST_COPENSSL_SHIM_H
#define HOLDFAST_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>

// What OpenSSL offers only as macros, and callbacks that are simplest in C.

static inline long holdfast_ssl_ctx_set_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_mode(context, mode);
}

static inline long holdfast_ssl_ctx_clear_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_clear_mode(context, mode);
}

// The server's choice of cipher counts, so that AES-128-GCM is taken where the processor helps.
static inline void holdfast_ssl_ctx_set_server_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION);
}

// A name as in RFC 2253, written to `output`.
static inline int holdfast_x509_name_print(BIO *output, const X509_NAME *name) {
    return X509_NAME_print_ex(output, name, 0, XN_FLAG_RFC2253);
}

// TLS 1.3 and nothing else.
static inline int holdfast_ssl_ctx_require_tls13(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1;
}

// Lets a context go down to TLS 1.2; for tests that play an old peer.
static inline int holdfast_ssl_ctx_require_tls12(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) == 1;
}

static inline int holdfast_ssl_ctx_set_groups(SSL_CTX *context, const char *groups) {
    return (int)SSL_CTX_set1_groups_list(context, (char *)groups);
}

static inline void holdfast_ssl_ctx_set_read_ahead(SSL_CTX *context) {
    SSL_CTX_set_read_ahead(context, 1);
}

static inline void holdfast_ssl_ctx_disable_session_cache(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

// Names the server in the client's hello (SNI).
static inline int holdfast_ssl_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, (char *)name);
}

// An encrypted private key must fail, never ask on the terminal.
static inline int holdfast_no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

// What a peer sent below the level of application data.
struct HoldfastRecordCounts {
    uint32_t records;
    uint32_t keyUpdates;
};

// Counts received records and KeyUpdates. `counts` is set with holdfast_ssl_count_records.
static inline void holdfast_count_message(int written, int version, int type, const void *bytes,
                                          size_t count, SSL *ssl, void *counts) {
    (void)version;
    (void)ssl;
    if (written || counts == NULL) {
        return;
    }
    struct HoldfastRecordCounts *received = (struct HoldfastRecordCounts *)counts;
    if (type == SSL3_RT_HEADER) {
        received->records++;
    } else if (type == SSL3_RT_HANDSHAKE && count > 0 &&
               *(const unsigned char *)bytes == SSL3_MT_KEY_UPDATE) {
        received->keyUpdates++;
    }
}

// `counts` must live until it is replaced or the session is freed; null stops the counting.
static inline void holdfast_ssl_count_records(SSL *ssl, struct HoldfastRecordCounts *counts) {
    SSL_set_msg_callback(ssl, counts == NULL ? NULL : holdfast_count_message);
    SSL_set_msg_callback_arg(ssl, counts);
}

// A hello without ALPN never reaches the ALPN callback, so it is refused here.
static inline int holdfast_require_alpn(SSL *ssl, int *alert, void *context) {
    (void)context;
    const unsigned char *bytes = NULL;
    size_t count = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &bytes,
                                  &count) == 1) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
}

// `protocol` is one protocol in wire form (length byte, name) and outlives the SSL_CTX.
static inline int holdfast_select_alpn(SSL *ssl, const unsigned char **out,
                                       unsigned char *outLength, const unsigned char *in,
                                       unsigned int inLength, void *protocol) {
    (void)ssl;
    const unsigned char *ours = (const unsigned char *)protocol;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, outLength, ours, (unsigned int)ours[0] + 1, in, inLength) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static inline void holdfast_ssl_ctx_serve_alpn(SSL_CTX *context, unsigned char *protocol) {
    SSL_CTX_set_client_hello_cb(context, holdfast_require_alpn, NULL);
    SSL_CTX_set_alpn_select_cb(context, holdfast_select_alpn, protocol);
}

#endif
