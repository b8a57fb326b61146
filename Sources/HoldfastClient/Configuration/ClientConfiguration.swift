/// What a client must know to connect.
public struct ClientConfiguration: Sendable {
    /// Host name or address, without a port.
    public var host: String
    /// 7443 for StockService, 7444 for AdminService, by default.
    public var port: UInt16
    /// PEM file of the certificate authority that signed the server's certificate.
    public var certificateAuthorityFile: String
    /// PEM file of this caller's certificate (and chain); nil calls without one, which allows little more than Ping.
    public var certificateFile: String?
    /// PEM file of its private key.
    public var privateKeyFile: String?
    /// The name that the server's certificate must carry; nil takes `host`.
    public var serverName: String?
    /// How long a call may take from `await` to answer, repeats included, if the call does not say. At least 1 ms.
    public var callTimeout: Duration
    /// How long a call waits for a connection before it fails with the reason; also the time for one connection's
    /// name, TCP and TLS steps together.
    public var connectTimeout: Duration
    /// With calls under way and nothing heard for so long, the server is asked for a sign of life; after the same time
    /// once more the connection is given up and its calls are sent again over a new one.
    public var silenceTimeout: Duration
    /// When calls are sent again.
    public var retryPolicy: RetryPolicy
    /// Calls that may wait for a connection or for the server's limit of calls in flight; one more fails at once.
    public var waitingCallsMax: Int

    /// Makes one; the fields are described above.
    public init(
        host: String, port: UInt16, certificateAuthorityFile: String,
        certificateFile: String? = nil, privateKeyFile: String? = nil, serverName: String? = nil,
        callTimeout: Duration = .seconds(1), connectTimeout: Duration = .seconds(1),
        silenceTimeout: Duration = .milliseconds(300), retryPolicy: RetryPolicy = RetryPolicy(),
        waitingCallsMax: Int = 65_536
    ) {
        self.host = host
        self.port = port
        self.certificateAuthorityFile = certificateAuthorityFile
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
        self.serverName = serverName
        self.callTimeout = callTimeout
        self.connectTimeout = connectTimeout
        self.silenceTimeout = silenceTimeout
        self.retryPolicy = retryPolicy
        self.waitingCallsMax = waitingCallsMax
    }

    /// `host:port` for messages.
    var endpoint: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
