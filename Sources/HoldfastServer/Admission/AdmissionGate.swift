package import HoldfastAdmission
internal import HoldfastEngine
internal import HoldfastWire
internal import Synchronization

/// Limiter and risk rules of the whole server, behind one lock that a reactor takes twice for each block of its calls.
///
/// The lock is a leaf: nothing else is locked under it but the page toucher's own. Any thread may call anything.
package final class AdmissionGate: Sendable {
    /// Once in so long under load, so many records: through a million of them in 20 s, for a hundredth of the time. Without
    /// calls nothing new needs their room.
    private static let sweepMilliseconds: Int64 = 10
    private static let sweepRecordCount = 512
    /// The pages of all tables are touched as they are used, but for the buckets: their settings say when.
    struct State: ~Copyable, @unchecked Sendable {
        var limiter: Limiter
        var risk: RiskTables
        var log = RiskLog()
        var rules: RulesInForce
        /// Reservations of before the start that the windows were filled from.
        var restoredCount = 0
        var blacklist: BlacklistMirror
        var addresses = RecentAddresses()
        /// When the risk tables are next gone through for what is in no window any more; Unix milliseconds.
        var sweepAt: Int64 = 0
    }

    private let pages: PageToucher
    let hasher: AdmissionHasher
    /// For reactors, each with a copy of its own. Good as long as the gate.
    let reader: CallReader
    let settings: AdmissionSettings
    let state: Mutex<State>
    /// An account younger than this may make a large order suspicious, so its order's terms are worth a look; 0: no rule
    /// asks. Copies of what the rules say, for whoever reads them without the lock.
    private let youngAgeMilliseconds = Atomic<Int64>(0)
    private let unknownAgeIsYoung = Atomic<Bool>(false)

    /// - Parameters:
    ///   - keys: 128 random bits of this start.
    ///   - now: server time, Unix milliseconds.
    init(
        settings: AdmissionSettings, rules: AdmissionRules, keys: (UInt64, UInt64), now: Int64
    ) throws {
        let hasher = AdmissionHasher(key0: keys.0, key1: keys.1)
        self.hasher = hasher
        self.settings = settings
        let limiter = try Limiter(
            settings: rules.limits.applied(to: settings.limits), hasher: hasher)
        let risk = try RiskTables(rules: rules.risk, capacity: settings.riskCapacity, now: now)
        let blacklist = try BlacklistMirror(hasher: hasher)
        self.reader = CallReader(hasher: hasher, limiter: limiter, risk: risk)
        self.pages = PageToucher(risk.growingMemory)
        self.state = Mutex(
            State(
                limiter: limiter, risk: risk, rules: RulesInForce(rules, takenAt: now),
                blacklist: blacklist))
        self.noteAges(rules.risk)
        self.pages.start()
    }

    deinit { self.pages.stop() }

    /// Judges the calls of a block in their order, all at `now`, behind `limit`: the risk rules count each of them, also those
    /// that the limiter refuses (RULES 8).
    /// - Returns: log position of the blacklist's newest change if it bars one of them, else 0.
    func judge(_ block: AdmissionBlock, now: Int64) -> UInt64 {
        let challenges = self.settings.challenge == .enforce
        return self.state.withLock { state in
            for index in 0..<block.count {
                state.risk.prefetch(block.calls[index].input.subject)
                state.blacklist.prefetch(block.calls[index].input.subject)
            }
            for index in 0..<block.count {
                state.risk.prefetchRecords(block.calls[index].input.subject)
                state.blacklist.prefetchNetworks(block.calls[index].input.subject)
            }
            var banPosition: UInt64 = 0
            for index in 0..<block.count {
                let call = block.calls + index
                let verdict = state.risk.evaluate(call.pointee.input, now: now)
                state.log.note(
                    call.pointee.input, verdict,
                    user: UnsafeRawBufferPointer(call.pointee.user.buffer),
                    limit: block.calls[index].limit, now: now, of: &state.risk)
                switch verdict.decision {
                case .allow: break
                case .challenge:
                    if challenges { call.pointee.verdict = .challengeRequired }
                case .reject: call.pointee.verdict = .riskRejected
                }
                state.addresses.note(call.pointee.input.subject)
                // Before the rules' verdict (RULES 3).
                if let match = state.blacklist.match(call.pointee.input.subject, now: now) {
                    state.blacklist.count(match)
                    call.pointee.verdict = .blacklisted
                    banPosition = state.blacklist.position
                }
            }
            if now >= state.sweepAt {
                state.risk.sweep(now: now, recordCount: Self.sweepRecordCount)
                state.sweepAt = now + Self.sweepMilliseconds
                self.pages.note(used: state.risk.usedByteCounts)
            }
            return banPosition
        }
    }

    /// What `judge` would say of a call now. Counts and spends nothing.
    /// - Returns: that, and the log position of the blacklist's newest change if it says something of the blacklist, else 0.
    func peek(_ input: RiskInput, now: Int64) -> (facts: RiskFacts, position: UInt64) {
        let isEnforced = self.settings.mode == .enforce
        return self.state.withLock { state in
            let limit = state.limiter.peek(input.subject, nowMilliseconds: now)
            let verdict = state.risk.peek(input, now: now)
            var facts = RiskFacts(
                verdict, state.risk.evidence(of: verdict, input), limit,
                rulesVersion: state.risk.rules.version, isEnforced: isEnforced)
            guard let match = state.blacklist.match(input.subject, now: now) else {
                return (facts, 0)
            }
            facts.take(match)
            return (facts, state.blacklist.position)
        }
    }

    /// The blacklist under the gate's lock.
    func withBlacklist<Result: Sendable>(
        _ body: (inout BlacklistMirror) -> sending Result
    ) -> Result {
        self.state.withLock { state in body(&state.blacklist) }
    }

    /// The addresses of the latest calls, each once.
    var recentAddresses: Set<NetworkAddress> { self.state.withLock { $0.addresses.distinct } }

    package var limitCounters: LimitCounters { self.state.withLock { $0.limiter.counters } }

    package var riskCounters: RiskCounters { self.state.withLock { $0.risk.counters } }

    package var rules: RiskRules { self.state.withLock { $0.risk.rules } }

    /// Whether a rule could ask how large this buyer's order is. Takes no lock.
    @inline(__always)
    func asksForTerms(accountCreatedMilliseconds: Int64, now: Int64) -> Bool {
        let young = self.youngAgeMilliseconds.load(ordering: .relaxed)
        if young == 0 { return false }
        if accountCreatedMilliseconds > now &- young { return true }
        return self.unknownAgeIsYoung.load(ordering: .relaxed)
            && accountCreatedMilliseconds < RiskInput.accountCreatedMillisecondsMin
    }

    func noteAges(_ rules: RiskRules) {
        let ages = rules.rules.filter { $0.isEnabled && $0.feature == .largeOrderAge }
        self.youngAgeMilliseconds.store(
            ages.map(\.condition.threshold).max() ?? 0, ordering: .relaxed)
        self.unknownAgeIsYoung.store(
            ages.contains { $0.missing == .fires }, ordering: .relaxed)
    }
}
