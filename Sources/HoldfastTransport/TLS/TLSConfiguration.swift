/// Certificates and policy of one listener.
package struct TLSConfiguration: Sendable, Hashable {
    package enum ClientCertificate: String, Sendable {
        case required, optional, none
    }

    /// PEM: the server's certificate first, then the intermediate ones.
    package var certificateChainFile: String
    /// PEM, not encrypted.
    package var privateKeyFile: String
    /// PEM: who may sign client certificates. Needed unless `clientCertificate` is `none`.
    package var clientCAFile: String?
    package var clientCertificate: ClientCertificate
    package var alpn: String
    /// Session tickets sent after a handshake: 1 on the public port, 0 on the admin port.
    package var ticketCount: Int

    package init(
        certificateChainFile: String, privateKeyFile: String, clientCAFile: String? = nil,
        clientCertificate: ClientCertificate = .required, alpn: String = "holdfast/1",
        ticketCount: Int = 1
    ) {
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
        self.clientCAFile = clientCAFile
        self.clientCertificate = clientCertificate
        self.alpn = alpn
        self.ticketCount = ticketCount
    }
}

/// What a client needs to reach a server.
package struct TLSClientConfiguration: Sendable, Hashable {
    /// PEM: who may sign the server's certificate.
    package var serverCAFile: String
    /// PEM; both or neither.
    package var certificateChainFile: String?
    package var privateKeyFile: String?
    package var alpn: String

    package init(
        serverCAFile: String, certificateChainFile: String? = nil, privateKeyFile: String? = nil,
        alpn: String = "holdfast/1"
    ) {
        self.serverCAFile = serverCAFile
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
        self.alpn = alpn
    }
}
