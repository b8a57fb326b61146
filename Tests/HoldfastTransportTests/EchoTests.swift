import Glibc
import HoldfastTransport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct EchoTests {
    @Test func hundredConnectionsGetEveryPipelinedAnswerInOrder() throws {
        let server = try TestServer()
        let clients = try (0..<100).map { _ in try server.connect() }
        #expect(clients.allSatisfy { $0.negotiatedALPN == "holdfast/1" })
        #expect(server.group.connectionCount == 100)
        for round in 0..<5 {
            for (index, client) in clients.enumerated() {
                let burst = (0..<16).flatMap {
                    echoMessage(40 + $0, seed: index * 100 + $0 + round)
                }
                try client.send(burst)
            }
            for (index, client) in clients.enumerated() {
                let burst = (0..<16).flatMap {
                    echoMessage(40 + $0, seed: index * 100 + $0 + round)
                }
                #expect(try client.receive(burst.count) == burst)
            }
        }
        #expect(server.recorder.read { $0.violations } == [])
        #expect(server.recorder.read { $0.openedCount } == 100)
    }

    @Test func inputThatComesByteByByteIsOneMessage() throws {
        let server = try TestServer()
        let client = try server.connect()
        let message = echoMessage(70, seed: 3)
        for byte in message { try client.send([byte]) }
        #expect(try client.receive(message.count) == message)
    }

    @Test func largestMessageGrowsTheBuffersAndComesBackWhole() throws {
        let byteCountMax = 1024 * 1024
        let server = try TestServer(inputBytesMax: byteCountMax + 4)
        let client = try server.connect()
        for byteCount in [0, 1, 16_383, 16_384, 17_088, 65_536, byteCountMax] {
            let message = echoMessage(byteCount, seed: byteCount)
            try client.send(message)
            #expect(try client.receive(message.count) == message, "\(byteCount) bytes")
        }
        #expect(eventually { server.group.statistics().bufferBytes == 0 })
    }

    @Test func messageThatThePortDoesNotTakeEndsTheConnection() throws {
        let server = try TestServer(inputBytesMax: 64 * 1024 + 4)
        let client = try server.connect()
        let other = try server.connect()
        // The sender may be cut while it still sends: only the end counts.
        try? client.send(echoMessage(65_537))
        _ = try? client.receiveToEnd()
        #expect(eventually { server.recorder.read { $0.closed } == [.messageTooLarge] })
        let message = echoMessage(10)
        try other.send(message)
        #expect(try other.receive(message.count) == message)
    }

    @Test func manyAnswersThatThePeerTakesLateAllArrive() throws {
        // Far more than the socket buffers hold: reading stops at 256 KiB and goes on later.
        let server = try TestServer()
        let client = try server.connect()
        let messages = (0..<1_200).map { echoMessage(20_000, seed: $0) }
        var sent = 0
        var offset = 0
        sending: while sent < messages.count {
            switch client.trySend(messages[sent][offset...]) {
            case .bytes(let count):
                offset += count
                if offset == messages[sent].count { (sent, offset) = (sent + 1, 0) }
            case .wantWrite:
                break sending
            default:
                Issue.record("sending failed")
                return
            }
        }
        #expect(sent < messages.count, "the server read on although nobody takes its answers")
        var received = 0
        while received < messages.count {
            #expect(try client.receive(messages[received].count) == messages[received])
            received += 1
            while sent < messages.count {
                guard case .bytes(let count) = client.trySend(messages[sent][offset...]) else {
                    break
                }
                offset += count
                if offset == messages[sent].count { (sent, offset) = (sent + 1, 0) }
            }
        }
        #expect(eventually { server.group.statistics().bufferBytes == 0 })
    }

    @Test func quietConnectionsOwnNoBuffers() throws {
        let server = try TestServer()
        let clients = try (0..<50).map { _ in try server.connect() }
        let message = echoMessage(100)
        for client in clients { try client.send(message) }
        for client in clients { #expect(try client.receive(message.count) == message) }
        #expect(eventually { server.group.statistics().bufferBytes == 0 })
        #expect(server.group.statistics().connections == 50)
    }

    @Test func recordInPiecesTakesNoBufferBeforeItIsWhole() throws {
        let server = try TestServer()
        let client = try RelayedClient(port: server.port)
        try client.handshake()
        #expect(eventually { server.recorder.read { $0.openedCount } == 1 })
        let message = echoMessage(100)
        client.hold(message)
        while client.heldByteCount > 1 {
            client.release(1)
            usleep(1_000)
            #expect(server.group.statistics().bufferBytes == 0)
        }
        #expect(server.group.statistics().bytesReceived == 0)
        client.release(1)
        #expect(try client.receive(message.count) == message)
    }

    @Test func keyUpdatesBetweenMessagesHoldNothingUp() throws {
        let server = try TestServer()
        let client = try server.connect()
        for seed in 0..<8 {
            #expect(client.updateKeys())
            let message = echoMessage(50, seed: seed)
            try client.send(message)
            #expect(try client.receive(message.count) == message)
        }
    }

    @Test func floodOfKeyUpdatesIsCut() throws {
        let server = try TestServer()
        let client = try server.connect()
        let message = echoMessage(1)
        for _ in 0..<200 {
            guard client.updateKeys(), (try? client.send(message)) != nil else { break }
        }
        #expect(eventually { server.recorder.read { $0.closed } == [.keyUpdateFlood] })
        #expect(server.recorder.kinds().contains(.connectionMisbehaved))
    }

    @Test func statisticsCountWhatHappened() throws {
        let server = try TestServer()
        let client = try server.connect()
        let message = echoMessage(1_000)
        for _ in 0..<10 {
            try client.send(message)
            #expect(try client.receive(message.count) == message)
        }
        #expect(
            eventually {
                let statistics = server.group.statistics()
                return statistics.bytesReceived == 10_040 && statistics.bytesSent == 10_040
                    && statistics.accepted == 1 && statistics.handshakesDone == 1
            })
    }
}
