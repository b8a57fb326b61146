import Glibc
import HoldfastTransport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ClosingTests {
    @Test func halfClosedPeerGetsAllItsAnswersAndACleanEnd() throws {
        let server = try TestServer(behaviour: .init(delayMilliseconds: 50))
        let client = try server.connect()
        let messages = (0..<200).flatMap { echoMessage(300, seed: $0) }
        try client.send(messages)
        client.halfClose()
        #expect(try client.receiveToEnd() == messages)
        #expect(eventually { server.recorder.read { $0.closed } == [.peerFinished] })
        #expect(server.recorder.read { $0.halfClosedCount } == 1)
        #expect(server.recorder.read { $0.violations } == [])
    }

    @Test func drainLosesNoAnswerAlthoughThePeerGoesOnSending() throws {
        let goodbye = echoMessage(9, seed: 77)
        let server = try TestServer(behaviour: .init(delayMilliseconds: 20, goodbye: goodbye))
        let clients = try (0..<20).map { _ in try server.connect() }
        let answers = (0..<100).map { echoMessage(200, seed: $0) }
        let messages = answers.flatMap(\.self)
        for client in clients { try client.send(messages) }
        #expect(
            eventually {
                server.group.statistics().bytesReceived == UInt64(20 * messages.count)
            })
        server.group.beginDrain()
        #expect(eventually { server.recorder.read { $0.drainCount } == 1 })
        let expected = UInt64(20 * (messages.count + goodbye.count))
        #expect(eventually { server.group.statistics().bytesSent == expected })
        server.group.closeAll(graceMilliseconds: 3_000)
        for client in clients {
            // Bytes that nobody reads any more: a plain close would reset the connection and throw
            // away what the client has not read yet.
            for _ in 0..<5 { try? client.send(echoMessage(10_000)) }
            let received = splitEchoMessages(try client.receiveToEnd())
            #expect(received.filter { $0 == goodbye }.count == 1)
            #expect(received.filter { $0 != goodbye } == answers)
            client.halfClose()
        }
        server.group.join()
        #expect(server.group.connectionCount == 0)
        #expect(server.recorder.read { $0.closed.count } == 20)
        #expect(server.recorder.read { $0.violations } == [])
    }

    @Test func drainStopsListening() throws {
        let server = try TestServer()
        let client = try server.connect()
        server.group.beginDrain()
        #expect(eventually { server.recorder.read { $0.drainCount } == 1 })
        #expect(throws: TransportError.self) { try RawClient(port: server.port) }
        let message = echoMessage(30)
        try client.send(message)
        #expect(try client.receive(message.count) == message)
    }

    @Test func peerThatDoesNotGoIsCutAfterTheGrace() throws {
        let server = try TestServer()
        let client = try server.connect()
        // The client's side of the handshake ends first.
        #expect(eventually { server.recorder.read { $0.openedCount } == 1 })
        let begin = BootClock.nowNanoseconds()
        server.group.closeAll(graceMilliseconds: 300)
        server.group.join()
        let milliseconds = (BootClock.nowNanoseconds() - begin) / 1_000_000
        #expect(milliseconds >= 290)
        #expect(server.recorder.read { $0.closed } == [.shutdown])
        #expect(try client.receiveToEnd() == [])
    }

    @Test func peerThatVanishesIsForgotten() throws {
        let server = try TestServer()
        do { _ = try server.connect() }
        #expect(eventually { server.group.connectionCount == 0 })
        let closed = server.recorder.read { $0.closed }
        #expect(closed == [.peerVanished] || closed == [.peerReset])
    }

    @Test func closingFromWithinTheDelegateCallsItBackOnlyAfterwards() throws {
        let server = try TestServer(behaviour: .init(closesOnMessageOfSize: 13))
        let client = try server.connect()
        try client.send(echoMessage(13))
        #expect(eventually { server.recorder.read { $0.closed } == [.protocolViolation] })
        #expect(server.recorder.read { $0.violations } == [])
        #expect(try client.failureAtEnd() != nil)
    }

    @Test func answersForAPeerThatHasGoneDoNoHarm() throws {
        let server = try TestServer(behaviour: .init(delayMilliseconds: 100))
        do {
            let client = try server.connect()
            try client.send((0..<50).flatMap { echoMessage(1_000, seed: $0) })
            #expect(eventually { server.group.statistics().bytesReceived == 50 * 1_004 })
        }
        #expect(eventually { server.recorder.read { $0.closed.count } == 1 })
        usleep(200_000)
        let other = try server.connect()
        let message = echoMessage(30)
        try other.send(message)
        #expect(try other.receive(message.count) == message)
    }
}
