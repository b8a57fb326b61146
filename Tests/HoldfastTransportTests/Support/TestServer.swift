import Glibc
import HoldfastTransport
import Synchronization

/// A group of echo reactors on a free port of the loopback.
final class TestServer: Sendable {
    let group: ReactorGroup
    let recorder = Recorder()
    let port: UInt16
    let host: String

    static func generousLimits() -> TransportLimits {
        var limits = TransportLimits()
        limits.connectionsPerAddressMax = 1_000
        limits.handshakesPerAddressPerSecond = 10_000
        return limits
    }

    init(
        reactorCount: Int = 1, host: String = "127.0.0.1", port: UInt16 = 0,
        clientCertificate: TLSConfiguration.ClientCertificate = .required,
        limits: TransportLimits = TestServer.generousLimits(), inputBytesMax: Int = 64 * 1024 + 4,
        behaviour: EchoDelegate.Behaviour = EchoDelegate.Behaviour()
    ) throws {
        let certificates = TestCertificates.shared
        let context = try TLSContext(
            server: TLSConfiguration(
                certificateChainFile: certificates.server.certificateFile,
                privateKeyFile: certificates.server.keyFile,
                clientCAFile: certificates.authority.certificateFile,
                clientCertificate: clientCertificate))
        let recorder = self.recorder
        self.group = try ReactorGroup(
            reactorCount: reactorCount,
            listeners: [
                ListenerConfiguration(
                    name: "test", host: host, port: port, context: context,
                    inputBytesMax: inputBytesMax)
            ],
            limits: limits,
            log: { event in recorder.state.withLock { $0.events.append(event) } },
            makeDelegate: { _, reactor in EchoDelegate(reactor, behaviour, recorder) })
        self.port = self.group.boundAddresses[0].port
        self.host = self.group.boundAddresses[0].host
        self.group.start()
    }

    deinit {
        self.group.closeAll(graceMilliseconds: 0)
        self.group.join()
    }

    func connect(
        _ identity: TestCertificates.Identity? = TestCertificates.shared.gateway,
        alpn: String = "holdfast/1", serverName: String? = "localhost"
    ) throws -> TestClient {
        let client = try TestClient(
            host: self.host, port: self.port, identity: identity, alpn: alpn,
            serverName: serverName)
        try client.handshake()
        return client
    }
}

/// Polls until the condition holds; false after the timeout.
func eventually(timeoutMilliseconds: Int = 10_000, _ condition: () -> Bool) -> Bool {
    let end = BootClock.nowNanoseconds() + UInt64(timeoutMilliseconds) * 1_000_000
    while true {
        if condition() { return true }
        if BootClock.nowNanoseconds() > end { return false }
        usleep(2_000)
    }
}
