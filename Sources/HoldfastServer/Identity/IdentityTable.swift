package import HoldfastTransport

/// Which URI has which role: an exact table, no patterns. Compared as bytes.
package struct IdentityTable: Sendable {
    /// An entry that cannot be used.
    package struct Malformed: Error, Sendable {
        package let message: String
    }

    /// Who a peer is, or why it is nobody.
    package enum Verdict: Sendable, Equatable {
        case caller(role: Role, uri: String)
        /// The peer sent no certificate.
        case withoutCertificate
        /// Not a certificate that can name a caller: UNAUTHENTICATED.
        case unauthenticated(reason: String, message: String)
        /// A good certificate that nobody entered: PERMISSION_DENIED.
        case denied(reason: String, message: String)
    }

    private let roles: [[UInt8]: Role]
    /// As in the configuration, in its order.
    package let entries: [String]

    /// - Parameter entries: `"<role> <URI>"`, like `gateway spiffe://holdfast.local/gateway/dev`.
    package init(entries: [String]) throws(Malformed) {
        guard !entries.isEmpty else {
            throw Malformed(
                message: "identities is empty, so nobody could call; "
                    + "name at least one \"<role> <URI SAN>\"")
        }
        var roles: [[UInt8]: Role] = [:]
        for entry in entries {
            let parts = entry.split(separator: " ", omittingEmptySubsequences: true)
            guard parts.count == 2 else {
                throw Malformed(
                    message: "identity '\(entry)' must be \"<role> <URI SAN>\", like "
                        + "\"\(DevelopmentIdentities.entries[0])\"")
            }
            guard let role = Role(name: String(parts[0])) else {
                throw Malformed(
                    message: "identity '\(entry)' has no known role; "
                        + "allowed: gateway, service, operator, admin")
            }
            guard parts[1].hasPrefix("spiffe://"), parts[1].utf8.count <= 256 else {
                throw Malformed(
                    message: "identity '\(entry)' must name a URI that begins with spiffe://")
            }
            guard roles.updateValue(role, forKey: Array(parts[1].utf8)) == nil else {
                throw Malformed(message: "identity '\(parts[1])' stands there twice; keep one")
            }
        }
        self.roles = roles
        self.entries = entries
    }

    /// Judges a verified certificate: exactly one URI SAN, no CA, usable for clients, in the table. Never the CN.
    package func identify(_ peer: PeerCertificate?) -> Verdict {
        guard let peer else { return .withoutCertificate }
        guard !peer.isCA else {
            return .unauthenticated(
                reason: "CERTIFICATE_IS_CA",
                message: "the client certificate is a CA; use a leaf certificate (CA:FALSE)")
        }
        guard peer.hasClientAuthUsage else {
            return .unauthenticated(
                reason: "CERTIFICATE_USAGE",
                message: "the client certificate lacks the extended key usage clientAuth")
        }
        guard peer.uris.count == 1, let uri = peer.uris.first else {
            return .unauthenticated(
                reason: "CERTIFICATE_URI_COUNT",
                message: "the client certificate must have exactly one URI among its subject "
                    + "alternative names, not \(peer.uris.count)")
        }
        guard let role = self.roles[Array(uri.utf8)] else {
            return .denied(
                reason: "IDENTITY_UNKNOWN",
                message: "\(Printable.text(uri)) is not among the server's identities; "
                    + "enter it there with its role")
        }
        return .caller(role: role, uri: uri)
    }
}

/// The callers whose certificates `holdfast init` makes.
package enum DevelopmentIdentities {
    package static let trustDomain = "holdfast.local"

    package static func uri(of name: String) -> String {
        "spiffe://\(self.trustDomain)/\(name)/dev"
    }

    package static let entries: [String] = Role.certified.map { role in
        "\(role.name) \(DevelopmentIdentities.uri(of: role.name))"
    }
}

/// Text from outside on its way into a message or a log line.
enum Printable {
    static let byteCountMax = 256

    /// Printable ASCII as it is, anything else as \xNN; cut after 256 bytes.
    static func text(_ text: String) -> String {
        var result = ""
        for byte in text.utf8.prefix(Printable.byteCountMax) {
            if (0x20..<0x7F).contains(byte) && byte != 0x5C {
                result.append(Character(Unicode.Scalar(byte)))
            } else {
                let digits = String(byte, radix: 16)
                result += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return text.utf8.count > Printable.byteCountMax ? result + "…" : result
    }
}
