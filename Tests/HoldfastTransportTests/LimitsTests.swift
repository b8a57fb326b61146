import Glibc
import HoldfastTransport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LimitsTests {
    @Test func startedMessageMustEndInTime() throws {
        var limits = TestServer.generousLimits()
        limits.frameMilliseconds = 300
        let server = try TestServer(limits: limits)
        let client = try server.connect()
        let patient = try server.connect()
        // A byte now and then keeps a connection busy, but not a message alive.
        let message = echoMessage(100)
        for byte in message.prefix(8) {
            try? client.send([byte])
            usleep(100_000)
        }
        #expect(eventually { server.recorder.read { $0.closed } == [.messageTimedOut] })
        #expect(try client.failureAtEnd() == nil)
        try patient.send(message)
        #expect(try patient.receive(message.count) == message)
    }

    @Test func idlePeerIsSentAwayUnlessAnswersAreOwed() throws {
        var limits = TestServer.generousLimits()
        limits.idleMilliseconds = 300
        let server = try TestServer(limits: limits, behaviour: .init(delayMilliseconds: 1_200))
        let idle = try server.connect()
        let waiting = try server.connect()
        let message = echoMessage(10)
        try waiting.send(message)
        #expect(try idle.failureAtEnd() == nil)
        idle.halfClose()
        #expect(eventually { server.recorder.read { $0.closed } == [.idle] })
        #expect(try waiting.receive(message.count) == message)
    }

    @Test func peerThatNeverReadsIsStoppedAndThenCut() throws {
        var limits = TestServer.generousLimits()
        limits.outputStallMilliseconds = 400
        limits.outputBytesMax = 64 * 1024
        let server = try TestServer(limits: limits)
        let client = try server.connect()
        let good = try server.connect()
        let message = echoMessage(30_000)
        var offset = 0
        let begin = BootClock.nowNanoseconds()
        while server.recorder.read({ $0.closed.isEmpty }) {
            #expect(BootClock.nowNanoseconds() - begin < 30_000_000_000)
            switch client.trySend(message[offset...]) {
            case .bytes(let count): offset = (offset + count) % message.count
            case .wantRead, .wantWrite: usleep(2_000)
            case .closed, .failed: usleep(2_000)
            }
            // What the server holds for it stays near the limit, whatever the peer sends.
            #expect(server.group.statistics().bufferBytes < 512 * 1024)
        }
        #expect(server.recorder.read { $0.closed } == [.outputStalled])
        try good.send(message)
        #expect(try good.receive(message.count) == message)
    }

    @Test func anonymousConnectionsOfOneAddressAreBounded() throws {
        var limits = TestServer.generousLimits()
        limits.connectionsPerAddressMax = 5
        let server = try TestServer(clientCertificate: .optional, limits: limits)
        var anonymous = try (0..<5).map { _ in try server.connect(nil) }
        #expect(eventually { server.recorder.read { $0.openedCount } == 5 })
        _ = try? server.connect(nil).failureAtEnd()
        #expect(eventually { server.group.statistics().refusedAddressMax == 1 })
        #expect(server.recorder.read { $0.openedCount } == 5)
        // Who shows a certificate is not counted.
        let certified = try server.connect()
        #expect(eventually { server.recorder.read { $0.openedCount } == 6 })
        anonymous.removeLast()
        #expect(eventually { server.recorder.read { $0.closed.count } == 1 })
        anonymous.append(try server.connect(nil))
        #expect(eventually { server.recorder.read { $0.openedCount } == 7 })
        _ = certified
    }

    @Test func handshakesOfOneAddressAreBounded() throws {
        var limits = TestServer.generousLimits()
        limits.handshakesPerAddressPerSecond = 3
        let server = try TestServer(limits: limits)
        var opened: [TestClient] = []
        for _ in 0..<8 { if let client = try? server.connect() { opened.append(client) } }
        #expect(opened.count >= 3)
        #expect(eventually { server.group.statistics().refusedAddressRate > 0 })
        #expect(server.recorder.kinds().contains(.refusedConnection))
        // The bucket fills again.
        #expect(eventually { (try? server.connect()) != nil })
    }

    @Test func connectionsOfTheGroupAreBounded() throws {
        var limits = TestServer.generousLimits()
        limits.connectionsMax = 4
        let server = try TestServer(reactorCount: 2, limits: limits)
        var clients = try (0..<4).map { _ in try server.connect() }
        #expect(throws: (any Error).self) { try server.connect() }
        #expect(eventually { server.group.statistics().refusedConnectionsMax == 1 })
        clients.removeFirst()
        #expect(eventually { server.group.connectionCount == 3 })
        clients.append(try server.connect())
    }

    @Test func unfinishedHandshakesAreBoundedAndTheRestWaits() throws {
        var limits = TestServer.generousLimits()
        limits.handshakesMax = 3
        limits.handshakeMilliseconds = 1_500
        let server = try TestServer(limits: limits)
        let silent = try (0..<6).map { _ in try RawClient(port: server.port) }
        #expect(eventually { server.group.connectionCount == 3 })
        // It waits in the queue of the kernel until the silent ones are cut.
        let client = try server.connect()
        let message = echoMessage(10)
        try client.send(message)
        #expect(try client.receive(message.count) == message)
        _ = silent
    }

    @Test func memoryBudgetShedsWhoeverHoardsAndKeepsTheRest() throws {
        var limits = TestServer.generousLimits()
        limits.outputBytesMax = 64 * 1024
        limits.outputBytesTotalMax = 400 * 1024
        let server = try TestServer(limits: limits)
        let good = try server.connect()
        let hoarders = try (0..<12).map { _ in try server.connect() }
        // Each begins a message of 60,000 bytes and stops short of its end.
        let message = echoMessage(60_000)
        for hoarder in hoarders { try? hoarder.send(Array(message.dropLast())) }
        #expect(eventually { server.recorder.read { $0.closed.contains(.memoryShed) } })
        #expect(eventually { server.group.statistics().bufferBytes <= 400 * 1024 })
        #expect(server.recorder.kinds().contains(.memoryShed))
        let small = echoMessage(10)
        try good.send(small)
        #expect(try good.receive(small.count) == small)
    }

    @Test func runningOutOfDescriptorsTurnsPeersAwayAndRecovers() async {
        // In a process of its own: the limit holds for all of it.
        await #expect(processExitsWith: .success) {
            let server = try TestServer()
            var fillers: [Int32] = []
            let first = try server.connect()
            var limit = rlimit(rlim_cur: 200, rlim_max: 200)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let waiting = try (0..<2).map { _ in
                try TCPConnector.connect(
                    host: "127.0.0.1", port: server.port, timeoutMilliseconds: 5_000)
            }
            precondition(eventually { server.group.connectionCount == 3 })
            let late = (0..<2).compactMap { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
            while true {
                let fd = dup(first.fd)
                if fd < 0 { break }
                fillers.append(fd)
            }
            // Connecting needs no new descriptor here; accepting does.
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = server.port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            for fd in late {
                let result = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                precondition(result == 0)
                // Turned away, not left waiting.
                var byte: UInt8 = 0
                precondition(recv(fd, &byte, 1, 0) <= 0)
            }
            precondition(server.group.statistics().refusedNoDescriptor >= 1)
            precondition(server.recorder.kinds().contains(.outOfDescriptors))
            let message = echoMessage(10)
            try first.send(message)
            let answer = try first.receive(message.count)
            precondition(answer == message)
            for fd in fillers + waiting + late { close(fd) }
            precondition(eventually { (try? server.connect()) != nil })
        }
    }
}
