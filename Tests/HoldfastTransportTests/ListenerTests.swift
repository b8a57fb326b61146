import Glibc
import HoldfastTransport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ListenerTests {
    @Test func portInUseIsATypedErrorWithAHint() throws {
        let server = try TestServer(reactorCount: 2)
        let error = #expect(throws: TransportError.self) {
            try TestServer(reactorCount: 2, port: server.port)
        }
        #expect(error?.code == .addressInUse)
        #expect(error?.message == "port \(server.port) on 127.0.0.1 is in use")
        #expect(error?.hint.contains("another port") == true)
        // The first still serves.
        _ = try server.connect()
    }

    @Test func portIsFreeAgainAtOnceAfterTheEnd() throws {
        let port: UInt16
        do {
            let server = try TestServer()
            port = server.port
            let client = try server.connect()
            server.group.closeAll(graceMilliseconds: 50)
            server.group.join()
            _ = client
        }
        let again = try TestServer(port: port)
        #expect(again.port == port)
    }

    @Test func chosenPortIsSharedByAllReactors() throws {
        let server = try TestServer(reactorCount: 4)
        #expect(server.port != 0)
        let clients = try (0..<64).map { _ in try server.connect() }
        for (index, client) in clients.enumerated() {
            let message = echoMessage(100, seed: index)
            try client.send(message)
            #expect(try client.receive(message.count) == message)
        }
        #expect(server.recorder.read { $0.reactorsOfConnections.count } > 1)
        #expect(server.recorder.read { $0.violations } == [])
    }

    @Test func listensOnIPv6() throws {
        let server = try TestServer(host: "::1")
        #expect(server.host == "::1")
        let client = try server.connect(serverName: "::1")
        let message = echoMessage(10)
        try client.send(message)
        #expect(try client.receive(message.count) == message)
    }

    @Test func addressOfNobodyIsATypedError() {
        let error = #expect(throws: TransportError.self) { try TestServer(host: "192.0.2.1") }
        #expect(error?.code == .addressInvalid)
        let unknown = #expect(throws: TransportError.self) { try TestServer(host: "no host") }
        #expect(unknown?.code == .addressInvalid)
    }

    @Test func connectingToNobodyIsATypedError() throws {
        let port: UInt16
        do { port = try TestServer().port }
        let error = #expect(throws: TransportError.self) { try RawClient(port: port) }
        #expect(error?.code == .connectFailed)
        #expect(error?.message.contains("refused") == true)
    }

    @Test func addressesPrintInTheirShortForm() {
        #expect(IPAddress(ipv4: 0x7F00_0001).text == "127.0.0.1")
        #expect(IPAddress(high: 0, low: 1).text == "::1")
        #expect(IPAddress(high: 0x2001_0DB8_0000_0000, low: 0xA).text == "2001:db8::a")
        let network = IPAddress(high: 0x2001_0DB8_0000_0000, low: 0xA).network
        #expect(network == IPAddress(high: 0x2001_0DB8_0000_0000, low: 0))
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBytes { IPAddress(ipv4: 0x0102_0304).write(to: $0.baseAddress!) }
        #expect(bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 2, 3, 4])
    }
}
