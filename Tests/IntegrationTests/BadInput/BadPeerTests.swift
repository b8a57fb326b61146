import Glibc
import Testing

/// Peers that must not get in, each told so as far as its protocol allows, and logged once.
@Suite("Bad peers", .serialized)
struct BadPeerTests {
    private let fixture: BadInputFixture

    init() throws { self.fixture = try BadInputFixture() }

    private var server: LoggedServer { self.fixture.server }

    /// Waits for the one line that this peer left; the server may write it after the peer has its answer.
    private func expectOneLine(from start: Int, containing word: String, _ name: String) {
        for _ in 0..<100 where self.server.log(from: start).isEmpty { usleep(10_000) }
        let lines = self.server.log(from: start)
        #expect(lines.count == 1 && lines[0].contains(word), "\(name): \(lines)")
    }

    @Test("a peer that does not speak TLS is told what this port speaks")
    func peersWithoutTLS() async throws {
        let before = try await self.fixture.state()
        for peer in PeerTable.plaintext {
            let start = self.server.log().count
            let socket = try RawSocket(port: self.server.stockPort)
            socket.send(peer.bytes)
            // The record may promise more than comes.
            shutdown(socket.fd, Int32(SHUT_WR))
            let answer = try #require(socket.readToEnd(), "\(peer.name): never closed")
            switch peer.answer {
            case .words(let words):
                let text = String(decoding: answer, as: UTF8.self)
                #expect(text.hasPrefix(words), "\(peer.name): \(text)")
                #expect(text.contains("TLS 1.3") && text.contains("holdfast/1"), "\(peer.name)")
                self.expectOneLine(from: start, containing: "kind=plaintextPeer", peer.name)
            default:
                // Noise gets no alert from libssl before it knows the version; never anything but an alert.
                #expect(answer.isEmpty || answer.first == 0x15, "\(peer.name): \(answer)")
                self.expectOneLine(from: start, containing: "kind=handshakeFailed", peer.name)
            }
        }
        #expect(try await self.fixture.state() == before)
        try await self.fixture.servesHonestClient()
    }

    @Test("a peer that comes and goes without a word leaves nothing")
    func silentPeers() async throws {
        let before = try await self.fixture.state()
        for _ in 0..<50 { _ = try RawSocket(port: self.server.stockPort) }
        #expect(try await self.fixture.state() == before)
        #expect(self.server.log().isEmpty)
    }

    @Test("other TLS, other protocols and callers without a certificate get the alert for it")
    func wrongProtocols() async throws {
        let before = try await self.fixture.state()
        let files = self.server.certificate("gateway")
        for row in PeerTable.protocols {
            let identity = RawIdentity(files: files, alpn: row.alpn, version: row.version)
            self.expectAlert(row.alert, row.name, .stock, identity)
        }
        for port in [BadInput.Port.stock, .admin] {
            self.expectAlert(116, "no certificate, \(port)", port, RawIdentity(files: nil))
        }
        #expect(try await self.fixture.state() == before)
        try await self.fixture.servesHonestClient()
    }

    @Test("certificates that make nobody a caller are refused with the reason, on both ports")
    func wrongCertificates() async throws {
        let before = try await self.fixture.state()
        let certificates = try BadCertificates(directory: self.server.directory)
        for (index, peer) in PeerTable.certificates.enumerated() {
            let identity = try certificates.identity(peer.profile)
            let port: BadInput.Port = index % 2 == 0 ? .stock : .admin
            switch peer.answer {
            case .alert(let alert):
                self.expectAlert(alert, peer.name, port, identity)
            case .goaway(let code, let reason):
                try self.expectGoodbye(code, reason, peer.name, port, identity)
            case .words, .alertRecord: Issue.record("\(peer.name): no such answer")
            }
        }
        #expect(try await self.fixture.state() == before)
        try await self.fixture.servesHonestClient()
    }

    /// The server's alert may come during the handshake, or (client certificates) with the first read.
    private func expectAlert(
        _ alert: Int, _ name: String, _ port: BadInput.Port, _ identity: RawIdentity
    ) {
        let start = self.server.log().count
        do {
            let client = try RawClient(port: self.server.port(port), identity)
            guard case .alert(let given) = client.next() else {
                Issue.record("\(name): no alert")
                return
            }
            #expect(given == alert, "\(name)")
        } catch let refused as RawClient.Refused {
            #expect(refused.alert == alert, "\(name)")
        } catch {
            Issue.record("\(name): \(error)")
        }
        self.expectOneLine(from: start, containing: "kind=handshakeFailed", name)
    }

    private func expectGoodbye(
        _ code: String, _ reason: String, _ name: String, _ port: BadInput.Port,
        _ identity: RawIdentity
    ) throws {
        let start = self.server.log().count
        let client = try RawClient(port: self.server.port(port), identity)
        // What it asks for must not be done, nor answered.
        client.send(RawFrame.call(1, method: MethodNumber.ping, []).bytes())
        let (frames, end) = client.readToEnd()
        guard case .closed = end else {
            Issue.record("\(name): not closed cleanly: \(end)")
            return
        }
        #expect(frames.map(\.kind) == [RawFrame.goaway], "\(name)")
        let body = frames.first.map(\.body) ?? []
        #expect(Raw.text(in: body, field: 1) == code, "\(name)")
        let text = Raw.text(in: body, field: 3) ?? ""
        #expect(text.hasPrefix("\(reason): "), "\(name): \(text)")
        self.expectOneLine(from: start, containing: "reason=\(reason)", name)
    }
}
