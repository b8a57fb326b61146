internal import Glibc
internal import HoldfastAdmission
internal import Logging
internal import Synchronization

/// Looks at the file of risk rules once a second and takes other rules while the server runs. A file with a mistake, or one that
/// is gone, changes nothing: the log says why, once, and the rules that were good go on.
final class RulesWatch: Sendable {
    private static let lookMilliseconds = 1_000
    /// How soon `stop` is heard.
    private static let sliceMilliseconds = 50

    /// What tells one state of a file from another without reading it.
    private struct Stamp: Equatable {
        var seconds: Int
        var nanoseconds: Int
        var byteCount: Int64
        var inode: UInt64
    }

    private enum Seen: Equatable {
        case nothing
        case missing
        case file(Stamp)
    }

    private struct State {
        /// At the last look: a file is read when two looks in a row see the same, so that no half of it is.
        var last = Seen.nothing
        /// What was judged last.
        var judged = Seen.nothing
    }

    private let path: String
    private let gate: AdmissionGate
    private let log: Logger
    private let state = Mutex(State())
    private let isStopping = Atomic<Bool>(false)
    private let thread = NativeThread(name: "holdfast-rules")

    init(path: String, gate: AdmissionGate, log: Logger) {
        self.path = path
        self.gate = gate
        self.log = log
    }

    func start() {
        self.thread.start {
            var waited = 0
            while !self.isStopping.load(ordering: .acquiring) {
                usleep(UInt32(Self.sliceMilliseconds) * 1_000)
                waited += Self.sliceMilliseconds
                if waited >= Self.lookMilliseconds {
                    waited = 0
                    self.look()
                }
            }
        }
    }

    /// Waits for the thread's end. Does nothing if it never ran.
    func stop() {
        self.isStopping.store(true, ordering: .releasing)
        self.thread.join()
    }

    /// One look. Any thread.
    func look() {
        let seen = self.stamp()
        let isNew = self.state.withLock { state in
            let isStable = seen == state.last
            state.last = seen
            guard isStable, seen != state.judged else { return false }
            state.judged = seen
            return true
        }
        guard isNew else { return }
        let rules: RiskRules
        do throws(RulesFileError) {
            rules = try RulesFile.read(self.path)
        } catch {
            self.log.warning(
                "risk rules not taken, the old ones stay: \(error.description)",
                metadata: ["version": "\(self.gate.rules.version)"])
            return
        }
        guard rules != self.gate.rules else { return }
        self.gate.take(rules)
        self.log.notice(
            "risk rules taken",
            metadata: ["version": "\(rules.version)", "rules": "\(rules.rules.count)"])
    }

    private func stamp() -> Seen {
        var facts = stat()
        guard stat(self.path, &facts) == 0 else { return .missing }
        return .file(
            Stamp(
                seconds: facts.st_mtim.tv_sec, nanoseconds: facts.st_mtim.tv_nsec,
                byteCount: Int64(facts.st_size), inode: UInt64(facts.st_ino)))
    }
}
