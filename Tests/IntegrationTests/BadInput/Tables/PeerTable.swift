/// Peers that must not get in: other protocols, other TLS, certificates of nobody.
enum PeerTable {
    /// What the peer is told.
    enum Answer: Sendable {
        /// Words on the bare socket that begin so, then the end.
        case words(String)
        /// This TLS alert.
        case alert(Int)
        /// A broken handshake: a TLS alert record on the bare socket or nothing, then the end.
        case alertRecord
        /// GOAWAY with this code's name, and this reason in its text, then close_notify.
        case goaway(code: String, reason: String)
    }

    /// Bytes of a peer that does not speak TLS.
    static let plaintext: [(name: String, bytes: [UInt8], answer: Answer)] = [
        ("HTTP GET", Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), .words(http)),
        ("HTTP POST", Array("POST /reserve HTTP/1.1\r\n\r\n".utf8), .words(http)),
        ("HTTP/2 by heart", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), .words(http)),
        ("an HTTP proxy", Array("CONNECT a:443 HTTP/1.1\r\n\r\n".utf8), .words(http)),
        ("SSH", Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), .words(words)),
        ("SMTP", Array("EHLO shop.example\r\n".utf8), .words(words)),
        ("RESP", Array("*1\r\n$4\r\nPING\r\n".utf8), .words(words)),
        ("HTTP in small letters", Array("get / http/1.1\r\n\r\n".utf8), .words(words)),
        ("a frame without TLS", RawFrame.call(1, method: 13, []).bytes(), .words(words)),
        ("one byte 0", [0], .words(words)),
        ("byte 0x15", [0x15, 3, 3, 0, 2, 1, 0], .words(words)),
        ("an SSL 2 hello", [0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10], .words(words)),
        ("noise", (0..<256).map { UInt8(($0 * 73 + 201) & 0xFF) }, .words(words)),
        ("noise behind 0x16", [0x16, 0xFF, 0x17, 0x99, 0x12, 0x34, 0x56, 0x78], .alertRecord),
        ("a TLS record that is too long", [0x16, 3, 1, 0xFF, 0xFF] + noise, .alertRecord),
        ("a ServerHello", [0x16, 3, 3, 0, 4, 2, 0, 0, 0], .alertRecord),
        ("an empty ClientHello", [0x16, 3, 1, 0, 4, 1, 0, 0, 0], .alertRecord),
    ]

    private static let http = "HTTP/1.0 400 Bad Request\r\n"
    private static let words = "this port speaks holdfast/1 over TLS 1.3"
    private static let noise = [UInt8](repeating: 0x5A, count: 64)

    /// TLS that is not ours: what is offered, and the alert.
    static let protocols:
        [(name: String, alpn: [String], version: RawIdentity.Version, alert: Int)] = [
            ("TLS 1.2", ["holdfast/1"], .tls12, 70),
            ("no ALPN", [], .tls13, 120),
            ("ALPN h2", ["h2", "http/1.1"], .tls13, 120),
            ("ALPN holdfast/2", ["holdfast/2"], .tls13, 120),
            ("ALPN holdfast/10", ["holdfast/10"], .tls13, 120),
            ("ALPN in capitals", ["HOLDFAST/1"], .tls13, 120),
            ("ALPN cut short", ["holdfast"], .tls13, 120),
        ]

    struct Peer {
        let name: String
        let profile: BadCertificates.Profile
        let answer: Answer
    }

    private typealias Profile = BadCertificates.Profile

    static let certificates: [Peer] = refusedByTLS + refusedByKind + refusedByURI

    private static let refusedByTLS: [Peer] = [
        Peer(
            name: "expired", profile: Profile(validFrom: -7_200, validTo: -60), answer: .alert(45)),
        Peer(name: "not yet valid", profile: Profile(validFrom: 3_600), answer: .alert(42)),
        Peer(name: "another CA", profile: Profile(signer: .otherAuthority), answer: .alert(48)),
        Peer(name: "self-signed", profile: Profile(signer: .itself), answer: .alert(48)),
        Peer(
            name: "a self-signed CA", profile: Profile(isCA: true, signer: .itself),
            answer: .alert(48)),
        Peer(name: "for servers only", profile: Profile(usage: "serverAuth"), answer: .alert(43)),
        Peer(name: "for mail only", profile: Profile(usage: "emailProtection"), answer: .alert(43)),
    ]

    private static func unauthenticated(
        _ name: String, _ profile: BadCertificates.Profile, _ reason: String
    ) -> Peer {
        Peer(
            name: name, profile: profile,
            answer: .goaway(code: "UNAUTHENTICATED", reason: reason))
    }

    private static let good = "spiffe://holdfast.local/gateway/dev"
    private static let goodAdmin = "spiffe://holdfast.local/admin/dev"

    private static let refusedByKind: [Peer] = [
        unauthenticated("a CA as a caller", Profile(isCA: true), "CERTIFICATE_IS_CA"),
        unauthenticated("no extended usage", Profile(usage: nil), "CERTIFICATE_USAGE"),
        unauthenticated("no names", Profile(uris: []), "CERTIFICATE_URI_COUNT"),
        unauthenticated(
            "the URI as CN only", Profile(uris: [], commonName: good), "CERTIFICATE_URI_COUNT"),
        unauthenticated(
            "DNS names only", Profile(uris: [], otherNames: ["DNS:holdfast.local"]),
            "CERTIFICATE_URI_COUNT"),
        unauthenticated(
            "the URI as a mail address",
            Profile(uris: [], otherNames: ["email:gateway@holdfast.local"]),
            "CERTIFICATE_URI_COUNT"),
        unauthenticated(
            "two known URIs", Profile(uris: [good, goodAdmin]), "CERTIFICATE_URI_COUNT"),
        unauthenticated("one URI twice", Profile(uris: [good, good]), "CERTIFICATE_URI_COUNT"),
        unauthenticated(
            "a known URI before an unknown one", Profile(uris: [good, "https://shop.example"]),
            "CERTIFICATE_URI_COUNT"),
    ]

    private static let unknownURIs: [(name: String, uri: String)] = [
        ("an unknown name", "spiffe://holdfast.local/gateway/other"),
        ("another trust domain", "spiffe://holdfast.example/gateway/dev"),
        ("an unknown role", "spiffe://holdfast.local/root/dev"),
        ("the server's own URI", "spiffe://holdfast.local/server/dev"),
        ("a prefix of a known URI", "spiffe://holdfast.local/gateway/de"),
        ("a known URI with a suffix", "spiffe://holdfast.local/gateway/dev2"),
        ("a slash at the end", "spiffe://holdfast.local/gateway/dev/"),
        ("a double slash", "spiffe://holdfast.local//gateway/dev"),
        ("the scheme in capitals", "SPIFFE://holdfast.local/gateway/dev"),
        ("the host in capitals", "spiffe://HOLDFAST.local/gateway/dev"),
        ("the role in capitals", "spiffe://holdfast.local/Gateway/dev"),
        ("another scheme", "https://holdfast.local/gateway/dev"),
        ("a fragment", "spiffe://holdfast.local/gateway/dev#admin"),
        ("a query", "spiffe://holdfast.local/gateway/dev?role=admin"),
        ("a percent-encoded letter", "spiffe://holdfast.local/gateway/d%65v"),
        ("a port", "spiffe://holdfast.local:443/gateway/dev"),
        ("dots in the path", "spiffe://holdfast.local/admin/../gateway/dev"),
    ]

    private static let refusedByURI: [Peer] = unknownURIs.map {
        Peer(
            name: $0.name, profile: Profile(uris: [$0.uri]),
            answer: .goaway(code: "PERMISSION_DENIED", reason: "IDENTITY_UNKNOWN"))
    }
}
