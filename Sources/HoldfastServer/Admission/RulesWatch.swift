internal import Glibc
internal import HoldfastAdmission
internal import HoldfastRules
internal import Logging
internal import Synchronization

/// Looks at the file of rules and limits once a second and takes other rules while the server runs. A file with a mistake, or one that
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
    /// Server time, Unix milliseconds.
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())
    private let isStopping = Atomic<Bool>(false)
    private let thread = NativeThread(name: "holdfast-rules")

    init(
        path: String, gate: AdmissionGate, log: Logger, now: @escaping @Sendable () -> Int64
    ) {
        self.path = path
        self.gate = gate
        self.log = log
        self.now = now
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
        let rules: AdmissionRules
        do throws(RulesFileError) {
            rules = try RulesFile.read(self.path)
        } catch {
            self.refuse(error.description, error.summary)
            return
        }
        guard rules != self.gate.admissionRules else {
            self.gate.clearRulesError()
            return
        }
        do throws(LimiterSettingsError) {
            try self.gate.take(rules, now: self.now())
        } catch {
            self.refuse(error.description, error.description)
            return
        }
        self.log.notice(
            "admission rules taken",
            metadata: [
                "version": "\(rules.risk.version)", "rules": "\(rules.risk.rules.count)",
            ])
    }

    private func refuse(_ words: String, _ summary: String) {
        self.gate.noteRulesError(summary)
        self.log.warning(
            "admission rules not taken, the old ones stay: \(words)",
            metadata: ["version": "\(self.gate.rules.version)"])
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
