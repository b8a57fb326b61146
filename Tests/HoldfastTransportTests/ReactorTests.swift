import Glibc
import HoldfastTransport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ReactorTests {
    @Test func wakeFromAnotherThreadRunsATurn() throws {
        let server = try TestServer()
        for _ in 0..<200 {
            let before = server.recorder.read { $0.turnCount }
            server.group.reactors[0].wake()
            #expect(eventually { server.recorder.read { $0.turnCount } > before })
        }
    }

    @Test func nothingToDoMeansNoTurns() throws {
        let server = try TestServer()
        server.group.reactors[0].wake()
        #expect(eventually { server.recorder.read { $0.turnCount } > 0 })
        usleep(200_000)
        let before = server.recorder.read { $0.turnCount }
        usleep(300_000)
        #expect(server.recorder.read { $0.turnCount } == before)
    }

    @Test func postedWorkRunsOnTheNamedThreadInOrder() throws {
        let server = try TestServer(reactorCount: 2)
        let results = Results()
        for round in 0..<50 {
            server.group.reactors[1].post { reactor in
                results.append("\(threadName()) \(reactor.index) \(round)")
            }
        }
        #expect(eventually { results.all().count == 50 })
        #expect(results.all() == (0..<50).map { "holdfast-r1 1 \($0)" })
    }

    @Test func delegateIsWokenAtTheTimeItAskedFor() throws {
        let server = try TestServer(behaviour: .init(delayMilliseconds: 150))
        let client = try server.connect()
        let message = echoMessage(10)
        let begin = BootClock.nowNanoseconds()
        try client.send(message)
        #expect(try client.receive(message.count) == message)
        let milliseconds = (BootClock.nowNanoseconds() - begin) / 1_000_000
        #expect(milliseconds >= 149)
    }
}

/// The calling thread's name as the kernel has it.
private func threadName() -> String {
    guard let file = fopen("/proc/thread-self/comm", "r") else { return "?" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count).filter { $0 != 10 }, as: UTF8.self)
}

private final class Results: Sendable {
    private let lines = Mutex<[String]>([])

    func append(_ line: String) { self.lines.withLock { $0.append(line) } }

    func all() -> [String] { self.lines.withLock { $0 } }
}
