import Glibc
import HoldfastTransport
import Synchronization

/// What the delegates of a test server saw.
final class Recorder: Sendable {
    struct State {
        var openedCount = 0
        var halfClosedCount = 0
        var drainCount = 0
        var turnCount = 0
        var closed: [CloseReason] = []
        var peers: [PeerCertificate?] = []
        var events: [TransportLogEvent] = []
        var reactorsOfConnections: Set<Int> = []
        /// A delegate call came from inside another, or on a wrong thread.
        var violations: [String] = []
    }

    let state = Mutex(State())

    func read<Value: Sendable>(_ body: (State) -> Value) -> Value {
        self.state.withLock { body($0) }
    }

    func kinds() -> [TransportLogEvent.Kind] { self.read { $0.events.map(\.kind) } }
}

/// Messages are a 4-byte big-endian length and so many bytes; the answer is the message itself.
final class EchoDelegate: ReactorDelegate {
    struct Behaviour: Sendable {
        /// Answers wait for so long, with `hold` above 0; nil: they are written at once.
        var delayMilliseconds: Int?
        /// A one-way message that makes the delegate close at once instead of answering.
        var closesOnMessageOfSize: Int?
        var goodbye: [UInt8]?
        var endsGracefullyAfterDrain = false
    }

    private struct Answer {
        let connection: Connection
        let bytes: [UInt8]
        let dueNanoseconds: UInt64
    }

    private let reactor: Reactor
    private let behaviour: Behaviour
    private let recorder: Recorder
    private var answers: [Answer] = []
    private var connections: [UInt64: Connection] = [:]
    private var isInside = false
    private var thread: pthread_t?

    init(_ reactor: Reactor, _ behaviour: Behaviour, _ recorder: Recorder) {
        self.reactor = reactor
        self.behaviour = behaviour
        self.recorder = recorder
    }

    private func enter(_ name: String, _ body: () -> Void) {
        let thread = pthread_self()
        if self.isInside || (self.thread ?? thread) != thread {
            self.recorder.state.withLock { $0.violations.append(name) }
        }
        self.thread = thread
        self.isInside = true
        body()
        self.isInside = false
    }

    func connectionOpened(_ connection: Connection) {
        self.enter("opened") {
            self.connections[connection.number] = connection
            connection.context = self
            let peer = connection.peer
            let index = self.reactor.index
            self.recorder.state.withLock {
                $0.openedCount += 1
                $0.peers.append(peer)
                $0.reactorsOfConnections.insert(index)
            }
        }
    }

    func connectionReceived(_ connection: Connection) {
        self.enter("received") {
            let input = connection.input
            var offset = 0
            while input.count - offset >= 4 {
                let length = Int(
                    UInt32(
                        bigEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                guard input.count - offset >= 4 + length else { break }
                if length == self.behaviour.closesOnMessageOfSize {
                    connection.closeNow(reason: .protocolViolation)
                    return
                }
                let message = UnsafeRawBufferPointer(rebasing: input[offset..<offset + 4 + length])
                connection.consume(4 + length)
                offset += 4 + length
                if let delay = self.behaviour.delayMilliseconds {
                    connection.hold += 1
                    let due = BootClock.nowNanoseconds() + UInt64(delay) * 1_000_000
                    self.answers.append(
                        Answer(
                            connection: connection, bytes: Array(message), dueNanoseconds: due))
                } else {
                    self.write(connection, message)
                }
            }
        }
    }

    func connectionHalfClosed(_ connection: Connection) {
        self.enter("halfClosed") { self.recorder.state.withLock { $0.halfClosedCount += 1 } }
    }

    func turnEnded(nowNanoseconds: UInt64) {
        self.enter("turnEnded") {
            self.recorder.state.withLock { $0.turnCount += 1 }
            while let answer = self.answers.first, answer.dueNanoseconds <= nowNanoseconds {
                self.answers.removeFirst()
                answer.bytes.withUnsafeBytes { self.write(answer.connection, $0) }
                answer.connection.hold -= 1
            }
        }
    }

    func connectionClosed(_ connection: Connection, reason: CloseReason) {
        self.enter("closed") {
            let known = self.connections.removeValue(forKey: connection.number)
            let isOurs = connection.context === self
            self.recorder.state.withLock {
                $0.closed.append(reason)
                if known == nil || !isOurs { $0.violations.append("closed an unknown connection") }
            }
            // Late answers must do no harm.
            [1, 2, 3].withUnsafeBytes { self.write(connection, $0) }
        }
    }

    func nextWakeNanoseconds() -> UInt64 { self.answers.first?.dueNanoseconds ?? .max }

    func drainStarted() {
        self.enter("drain") {
            self.recorder.state.withLock { $0.drainCount += 1 }
            guard let goodbye = self.behaviour.goodbye else { return }
            for connection in self.connections.values {
                goodbye.withUnsafeBytes { self.write(connection, $0) }
            }
        }
    }

    private func write(_ connection: Connection, _ bytes: UnsafeRawBufferPointer) {
        let target = connection.reserveOutput(bytes.count)
        if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
        connection.commitOutput(bytes.count)
    }
}
