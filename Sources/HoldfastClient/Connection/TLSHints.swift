import HoldfastTransport

/// TLS failures in words that say what to do.
enum TLSHints {
    /// A failure before the server said HELLO. Nothing that was sent can have been executed when the server refused
    /// the handshake itself.
    static func connectFailure(
        _ failure: TLSFailure, _ configuration: ClientConfiguration
    ) -> ConnectFailure {
        let endpoint = configuration.endpoint
        switch failure.code {
        case .peerAlert:
            return self.alertFailure(failure, configuration)
        case .certificateRefused:
            return ConnectFailure(
                .connect(
                    .tls, "\(endpoint): \(failure.message)",
                    hint: self.certificateHint(failure.message, configuration),
                    code: .unauthenticated), isFinal: true)
        case .noApplicationProtocol:
            return ConnectFailure(
                .connect(
                    .alpn, "\(endpoint) did not agree on \(ProtocolNames.alpn)",
                    hint: "it speaks TLS, but not as a Holdfast server: check the port"),
                isFinal: true)
        case .protocolVersion:
            return ConnectFailure(
                .connect(
                    .tls, "\(endpoint): \(failure.message)",
                    hint: "the port speaks plaintext or an old TLS version: check the port"),
                isFinal: true)
        case .protocolError where failure.message.contains("certificate verify failed"):
            // Another authority of the same name, as two development directories have: the signature does not fit.
            return ConnectFailure(
                .connect(
                    .tls, "\(endpoint): the server's certificate was refused: \(failure.message)",
                    hint: self.certificateHint(failure.message, configuration),
                    code: .unauthenticated), isFinal: true)
        case .protocolError:
            let isPlaintext = ["packet length", "wrong version", "http request", "record"]
                .contains { failure.message.contains($0) }
            return ConnectFailure(
                .connect(
                    .tls, "\(endpoint): \(failure.message)",
                    hint: isPlaintext
                        ? "the port speaks plaintext, not TLS: check the port" : nil),
                isFinal: true)
        case .unexpectedEnd, .socket, .certificateMissing:
            return ConnectFailure(
                .connect(
                    .tls, "\(endpoint) ended the TLS handshake: \(failure.message)",
                    hint: "check that the port speaks TLS and that the server is not overloaded"),
                isFinal: false)
        }
    }

    private static func certificateHint(
        _ message: String, _ configuration: ClientConfiguration
    ) -> String {
        let name = configuration.serverName ?? configuration.host
        if message.contains("expired") {
            return "the server's certificate has expired: renew it, or check this machine's clock"
        }
        if message.contains("not yet valid") {
            return "the server's certificate is not valid yet: check both clocks"
        }
        if message.contains("hostname mismatch") || message.contains("IP address mismatch") {
            return "the server's certificate is not for \"\(name)\": use a name that is in it"
        }
        return "the server's certificate was not signed by the CA in "
            + "\(configuration.certificateAuthorityFile): give the CA of this server"
    }

    /// The server's alert, as TLS numbers them.
    private static func alertFailure(
        _ failure: TLSFailure, _ configuration: ClientConfiguration
    ) -> ConnectFailure {
        let endpoint = configuration.endpoint
        func refused(_ message: String, _ hint: String) -> ConnectFailure {
            ConnectFailure(
                .connect(.tls, "\(endpoint) \(message)", hint: hint, code: .unauthenticated),
                isFinal: true)
        }
        switch failure.alert {
        case 116, 41:
            return refused(
                "asks for a client certificate",
                "the server expects a client certificate: give a certificate and its key")
        case 45:
            return refused(
                "refused our certificate: it has expired", "renew this client's certificate")
        case 44:
            return refused("refused our certificate: it is revoked", "ask for a new certificate")
        case 48:
            return refused(
                "refused our certificate: it does not know who signed it",
                "use a certificate from the CA that the server trusts")
        case 42, 43, 46, 49:
            return refused(
                "refused our certificate",
                "use a certificate from the CA that the server trusts, with one identity in it")
        case 120:
            return ConnectFailure(
                .connect(
                    .alpn, "\(endpoint) does not speak \(ProtocolNames.alpn)",
                    hint: "it speaks TLS, but not as a Holdfast server: check the port"),
                isFinal: true)
        case 70:
            return ConnectFailure(
                .connect(
                    .tls, "\(endpoint) does not speak TLS 1.3",
                    hint: "check the port; a Holdfast server speaks TLS 1.3"), isFinal: true)
        default:
            return ConnectFailure(
                .connect(.tls, "\(endpoint) refused the TLS handshake: \(failure.message)"),
                isFinal: true)
        }
    }
}
