internal import HoldfastAdmission
internal import HoldfastEngine
internal import HoldfastWire
internal import Synchronization

extension AdmissionGate {
    /// Entries of the log that one page looks at, so that the lock is free again soon.
    private static let lookMax = 2_048

    /// For GetServerInfo.
    var facts: AdmissionFacts {
        let mode = self.settings.mode.rawValue
        return self.state.withLock { state in
            var facts = AdmissionFacts(mode: mode)
            facts.rulesVersion = state.risk.rules.version
            facts.rulesTakenMilliseconds = state.rules.takenMilliseconds
            facts.rulesError = state.rules.error
            let limits = state.limiter.counters
            facts.limiterAllowed = limits.allowed
            facts.limiterRefused = LimitDimension.allCases.map {
                .init(name: $0.name, count: limits[$0])
            }
            let used = state.limiter.usedPerThousand()
            facts.bucketsUsedPerThousand = UInt32(clamping: used.buckets)
            facts.windowsUsedPerThousand = UInt32(clamping: used.windows)
            let risk = state.risk.counters
            facts.riskEvaluated = risk.evaluations
            facts.riskChallenged = risk.challenged
            facts.riskRejected = risk.rejected
            facts.rulesFired = state.risk.firedByRule.map { .init(name: $0.rule, count: $0.count) }
            facts.missingAge = risk.missingAge
            facts.missingDevice = risk.missingDevice
            facts.missingAddress = risk.missingNetwork
            facts.untracked = risk.untracked
            facts.forgotten = risk.forgotten
            facts.buyersTracked = UInt64(state.risk.userCount)
            facts.addressesTracked = UInt64(state.risk.addressCount)
            facts.restored = UInt64(clamping: state.restoredCount)
            return facts
        }
    }

    /// What the rules count of a buyer now.
    func present(of user: AdmissionKey, now: Int64) -> [RiskMeasurement] {
        self.state.withLock { $0.risk.measures(of: user, now: now) }
    }

    /// A page of the log. `now`: server time, Unix milliseconds.
    func readLog(_ query: RiskLogQuery, now: Int64) -> RiskLogFacts {
        let user =
            query.userID.isEmpty
            ? nil : self.hasher.key(.user, UnsafeRawBufferPointer(query.userID.buffer))
        let cursor = RiskLog.Cursor(ring: query.part, below: query.below)
        let pageSize = query.pageSize
        let isEnforced = self.settings.mode == .enforce
        let page = self.state.withLock { state in
            let page = state.log.page(
                from: cursor, of: user, countMax: pageSize, lookMax: Self.lookMax)
            var rules: [UInt32: RiskRules] = [:]
            for (entry, _) in page.entries where rules[entry.rulesGeneration] == nil {
                rules[entry.rulesGeneration] = state.rules.risk(generation: entry.rulesGeneration)
            }
            return (
                page: page, rules: rules, version: state.risk.rules.version,
                present: user.map { state.risk.measures(of: $0, now: now) } ?? []
            )
        }
        let judges = page.rules.mapValues { RiskReplay(rules: $0) }
        var facts = RiskLogFacts()
        facts.rulesVersion = page.version
        facts.present = page.present.map { RiskLogFacts.Measure($0) }
        facts.nextPageToken = page.page.next?.token ?? ""
        facts.entries = page.page.entries.map { entry, next in
            let evidence = judges[entry.rulesGeneration]?.evidence(of: entry) ?? []
            return RiskLogFacts.Entry(entry, evidence, next: next.token, isEnforced: isEnforced)
        }
        return facts
    }
}

extension RiskLog.Cursor {
    fileprivate var token: String { RiskLogToken.text(part: self.ring, below: self.below) }
}

extension RiskLogFacts.Measure {
    fileprivate init(_ measure: RiskMeasurement) {
        self.init(
            feature: measure.feature.name, windowMilliseconds: measure.windowMilliseconds,
            value: measure.value, isAtLeast: measure.isAtLeast)
    }
}

extension RiskLogFacts.Presence {
    fileprivate init(_ presence: RiskPresence) {
        switch presence {
        case .present: self = .present
        case .missing: self = .missing
        case .notApplicable: self = .notApplicable
        }
    }
}

extension RiskLogFacts.Entry {
    fileprivate init(
        _ entry: RiskLogEntry, _ evidence: [RiskEvidence], next: String, isEnforced: Bool
    ) {
        self.init(
            risk: RiskFacts(
                entry.verdict, evidence, entry.limit, rulesVersion: entry.rulesVersion,
                isEnforced: isEnforced))
        self.milliseconds = entry.milliseconds
        self.weight = entry.weight
        self.user = entry.user
        let input = entry.input
        if input.network == .present { self.ip = input.subject.address.description }
        self.address = RiskLogFacts.Presence(input.network)
        self.device = RiskLogFacts.Presence(input.device)
        self.accountCreatedMilliseconds = input.accountCreatedMilliseconds
        self.quantity = input.quantity
        self.limitPerUser = input.limitPerUser
        self.amountMinor = input.amountMinor
        self.measures = entry.measures.map { RiskLogFacts.Measure($0) }
        self.isUntracked = entry.verdict.isUntracked
        self.next = next
    }
}
