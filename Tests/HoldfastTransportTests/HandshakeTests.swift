import COpenSSL
import Glibc
import HoldfastTransport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct HandshakeTests {
    private let certificates = TestCertificates.shared

    /// In TLS 1.3 a client is done before the server has judged its certificate: the refusal comes
    /// with the first read.
    private func refusal(_ connect: () throws -> TestClient) throws -> TLSFailure? {
        do {
            return try connect().failureAtEnd()
        } catch ClientError.failed(let failure) {
            return failure
        }
    }

    @Test func certificateOfThePeerIsReadInFull() throws {
        let server = try TestServer()
        let client = try server.connect()
        #expect(eventually { server.recorder.read { $0.openedCount } == 1 })
        let peer = try #require(server.recorder.read { $0.peers[0] })
        #expect(peer.uris == [TestCertificates.gatewayURI])
        #expect(!peer.isCA)
        #expect(peer.hasClientAuthUsage)
        #expect(peer.subject == "CN=gateway")
        #expect(peer.fingerprintSHA256.count == 32)
        #expect(!peer.serial.isEmpty)
        #expect(peer.notAfterUnixSeconds > Int64(time(nil)))
        _ = client
    }

    @Test func peerWithoutCertificateIsRefusedWithAnAlert() throws {
        let server = try TestServer()
        let failure = try #require(try self.refusal { try server.connect(nil) })
        #expect(failure.code == .peerAlert)
        #expect(failure.alert == 116)
        #expect(server.recorder.read { $0.openedCount } == 0)
        #expect(eventually { server.recorder.kinds().contains(.handshakeFailed) })
        let event = server.recorder.read { $0.events.last }
        #expect(event?.message.contains("no client certificate") == true)
        #expect(eventually { server.group.connectionCount == 0 })
    }

    @Test func expiredEarlyUnknownAndMisusedCertificatesAreRefused() throws {
        let server = try TestServer()
        let cases = [
            (self.certificates.expired, 45), (self.certificates.notYetValid, 42),
            (self.certificates.stranger, 48), (self.certificates.wrongUsage, 43),
        ]
        for (identity, alert) in cases {
            // Our own loader refuses such dates, so another client brings them.
            let received = try ForeignClient.alert(
                port: server.port, version13: true, alpn: "holdfast/1", identity: identity)
            #expect(received == alert, "\(identity.certificateFile)")
        }
        #expect(server.recorder.read { $0.openedCount } == 0)
    }

    @Test func optionalCertificateLetsAnonymousPeersIn() throws {
        let server = try TestServer(clientCertificate: .optional)
        let client = try server.connect(nil)
        let message = echoMessage(5)
        try client.send(message)
        #expect(try client.receive(message.count) == message)
        #expect(server.recorder.read { $0.peers.count == 1 && $0.peers[0] == nil })
    }

    @Test func wrongProtocolIsRefusedWithAnAlert() throws {
        let server = try TestServer()
        let failure = try #require(try self.refusal { try server.connect(alpn: "h2") })
        #expect(failure.alert == 120)
        #expect(eventually { server.recorder.kinds().contains(.handshakeFailed) })
        #expect(server.recorder.read { $0.events.last?.message.contains("ALPN") } == true)
    }

    @Test func missingProtocolAndOldTLSAreRefusedWithAnAlert() throws {
        let server = try TestServer()
        #expect(try ForeignClient.alert(port: server.port, version13: true, alpn: nil) == 120)
        #expect(
            try ForeignClient.alert(port: server.port, version13: false, alpn: "holdfast/1") == 70)
        #expect(server.recorder.read { $0.openedCount } == 0)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "P", "hello\r\n", "\u{0}\u{1}"])
    func plaintextPeerIsToldInWords(_ first: String) throws {
        let server = try TestServer()
        let peer = try RawClient(port: server.port)
        peer.send(Array(first.utf8))
        let answer = String(decoding: try #require(peer.receiveToEnd()), as: UTF8.self)
        #expect(answer.contains("this port speaks holdfast/1 over TLS 1.3"))
        let isHTTP = first.hasPrefix("GET") || first.hasPrefix("P")
        #expect(answer.hasPrefix("HTTP/1.0 400 ") == isHTTP)
        #expect(eventually { server.recorder.kinds().contains(.plaintextPeer) })
        #expect(eventually { server.group.statistics().plaintextPeers == 1 })
    }

    @Test func longPlaintextRequestStillGetsItsAnswer() throws {
        let server = try TestServer()
        let peer = try RawClient(port: server.port)
        peer.send(Array("POST /\r\n\r\n".utf8) + [UInt8](repeating: 65, count: 200_000))
        let answer = String(decoding: try #require(peer.receiveToEnd()), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.0 400 "))
    }

    @Test func silentAndHalfwayPeersAreCutInTime() throws {
        var limits = TestServer.generousLimits()
        limits.handshakeMilliseconds = 1_000
        let server = try TestServer(limits: limits)
        let silent = try RawClient(port: server.port)
        let halfway = try RawClient(port: server.port)
        halfway.send([0x16, 3, 1, 2, 0, 1, 0])
        #expect(silent.receiveToEnd() != nil)
        #expect(halfway.receiveToEnd() != nil)
        #expect(eventually { server.group.connectionCount == 0 })
        #expect(server.recorder.kinds().filter { $0 == .handshakeTimedOut }.count == 2)
        let client = try server.connect()
        _ = client
    }

    @Test func garbageInsteadOfAHandshakeHurtsNobodyElse() throws {
        let server = try TestServer()
        let client = try server.connect()
        for length in [1, 5, 6, 64, 20_000] {
            let peer = try RawClient(port: server.port)
            peer.send([0x16, 3, 1] + [UInt8](repeating: 0xA5, count: length))
            shutdown(peer.fd, Int32(SHUT_WR))
            _ = peer.receiveToEnd()
        }
        let message = echoMessage(5)
        try client.send(message)
        #expect(try client.receive(message.count) == message)
        #expect(eventually { server.group.connectionCount == 1 })
    }

    @Test func clientChecksTheServersName() throws {
        let server = try TestServer()
        _ = try server.connect(serverName: "127.0.0.1")
        #expect(throws: ClientError.self) { try server.connect(serverName: "example.com") }
        #expect(throws: ClientError.self) { try server.connect(serverName: "127.0.0.2") }
        #expect {
            try server.connect(serverName: "")
        } throws: {
            ($0 as? TransportError)?.code == .serverNameInvalid
        }
    }

    @Test func clientRefusesAServerOfAnotherCA() throws {
        let server = try TestServer()
        let context = try TLSContext(
            client: TLSClientConfiguration(
                serverCAFile: self.certificates.otherAuthority.certificateFile))
        let raw = try RawClient(port: server.port)
        var session = try TLSSession(
            context: context, fd: raw.fd, isServer: false, serverName: "localhost")
        let end = BootClock.nowNanoseconds() + 10_000_000_000
        while BootClock.nowNanoseconds() < end {
            switch session.handshake() {
            case .wantRead, .wantWrite:
                usleep(1_000)
            case .failed(let failure):
                #expect(failure.code == .certificateRefused)
                #expect(session.lastErrorText == failure.message)
                return
            case .bytes, .closed:
                Issue.record("the handshake succeeded")
                return
            }
        }
        Issue.record("the handshake did not end")
    }
}
