/// What other rules would have said of a logged call. The log knows what the rules of its time measured; a rule that asks for
/// more (another window, a count beyond what was kept) is undecided, and then the two verdicts may differ.
package struct RiskReplayResult: Sendable {
    /// With every undecided rule silent.
    package var least: RiskVerdict
    /// With every undecided rule firing.
    package var most: RiskVerdict
    /// Bits of undecided rules.
    package var undecided: UInt32
}

/// Judges logged calls by rules under test: `holdfastctl risk test`.
package struct RiskReplay: Sendable {
    private let compiled: CompiledRules

    package init(rules: RiskRules) { self.compiled = CompiledRules(rules) }

    private enum Answer { case yes, no, unknown }

    /// The rules that fired on a call, with what they saw. The call must have been judged by these very rules.
    package func evidence(of entry: RiskLogEntry) -> [RiskEvidence] {
        let network =
            entry.input.network == .present
            ? self.compiled.network(of: entry.input.subject.address) : -1
        let measures = entry.measures
        var list: [RiskEvidence] = []
        for (index, row) in self.compiled.rows.enumerated()
        where (entry.verdict.fired | entry.verdict.observed) & row.bit != 0 {
            let rule = self.compiled.source.rules[row.bit.trailingZeroBitCount]
            var value: Int64 = 0
            var isMissing = false
            switch row.feature {
            case .accountAge, .largeOrderAge:
                isMissing = !entry.input.isAgeKnown
                value =
                    entry.milliseconds.subtractingReportingOverflow(
                        entry.input.accountCreatedMilliseconds
                    ).partialValue
            case .accountsPerAddress: isMissing = entry.input.network == .missing
            case .devicesPerUser:
                isMissing = entry.input.device == .missing && row.missing == .fires
            case .purchasesPerUser, .callsPerUser: break
            }
            if row.feature.isCounted {
                value =
                    measures.first {
                        $0.feature == row.feature
                            && $0.windowMilliseconds == rule.windowMilliseconds
                    }?.value ?? 0
            }
            list.append(
                RiskEvidence(
                    rule: rule, value: isMissing ? 0 : value,
                    threshold: self.compiled.condition(index, network: network).threshold,
                    isMissingInput: isMissing))
        }
        return list
    }

    /// The ids of rules by their bits.
    package func names(_ bits: UInt32) -> [String] {
        self.compiled.rows.filter { $0.bit & bits != 0 }.map {
            self.compiled.source.rules[$0.bit.trailingZeroBitCount].id
        }
    }

    package func judge(_ entry: RiskLogEntry) -> RiskReplayResult {
        let network =
            entry.input.network == .present
            ? self.compiled.network(of: entry.input.subject.address) : -1
        var least = RiskTally(bounds: self.compiled.bounds)
        var most = RiskTally(bounds: self.compiled.bounds)
        var undecided: UInt32 = 0
        for (index, row) in self.compiled.rows.enumerated() {
            switch self.fires(row, index, network, entry) {
            case .yes:
                least.add(row)
                most.add(row)
            case .no: break
            case .unknown:
                most.add(row)
                undecided |= row.bit
            }
        }
        let isTracked = !entry.verdict.isUntracked
        return RiskReplayResult(
            least: least.verdict(missing: entry.verdict.missing, isTracked: isTracked),
            most: most.verdict(missing: entry.verdict.missing, isTracked: isTracked),
            undecided: undecided)
    }

    private func fires(
        _ row: CompiledRules.Row, _ index: Int, _ network: Int, _ entry: RiskLogEntry
    ) -> Answer {
        let input = entry.input
        let age = entry.milliseconds.subtractingReportingOverflow(
            input.accountCreatedMilliseconds
        ).partialValue
        switch row.feature {
        case .accountAge, .largeOrderAge:
            let isLarge =
                input.quantity >= max(2, input.limitPerUser)
                || input.amountMinor >= self.compiled.bounds.largeAmountMinor
            if row.feature == .largeOrderAge && !isLarge { return .no }
            if !input.isAgeKnown { return row.missing == .fires ? .yes : .no }
            return row.condition.holds(age) ? .yes : .no
        case .accountsPerAddress where input.network != .present:
            return input.network == .missing && row.missing == .fires ? .yes : .no
        case .devicesPerUser where input.device == .missing && row.missing == .fires:
            return .yes
        case .accountsPerAddress, .devicesPerUser, .purchasesPerUser, .callsPerUser:
            return self.counted(row, self.compiled.condition(index, network: network), entry)
        }
    }

    private func counted(
        _ row: CompiledRules.Row, _ condition: RiskCondition, _ entry: RiskLogEntry
    ) -> Answer {
        let measure = self.compiled.measures[row.measure]
        var answer = Answer.unknown
        for known in entry.measures where known.feature == measure.feature {
            let fires = condition.holds(known.value)
            if known.windowMilliseconds == measure.windowMilliseconds {
                // A count that may have been larger can only fire more.
                return fires ? .yes : known.isAtLeast ? .unknown : .no
            }
            // More in a shorter window is more in this one; fewer in a longer one is fewer here.
            if known.windowMilliseconds < measure.windowMilliseconds && fires { answer = .yes }
            if known.windowMilliseconds > measure.windowMilliseconds && !fires
                && !known.isAtLeast
            {
                answer = .no
            }
        }
        return answer
    }
}

/// How a whole log would have come out by other rules, in calls (entries times their weight).
package struct RiskReplayReport: Sendable {
    /// `calls[was][would]`, by `RiskDecision.rawValue`; of calls that are decided.
    package private(set) var calls: [[UInt64]] = Array(
        repeating: Array(repeating: 0, count: 3), count: 3)
    /// Calls of which the log does not tell enough.
    package private(set) var undecidedCalls: UInt64 = 0
    /// The newest entries that would come out differently, or might.
    package private(set) var changed: [(entry: RiskLogEntry, result: RiskReplayResult)] = []

    package init(_ log: borrowing RiskLog, rules: RiskRules, exampleCountMax: Int = 20) {
        let replay = RiskReplay(rules: rules)
        var report = RiskReplayReport()
        log.forEach { report.add($0, replay, exampleCountMax: exampleCountMax) }
        self = report
    }

    package init() {}

    /// Judges one more entry.
    package mutating func add(
        _ entry: RiskLogEntry, _ replay: RiskReplay, exampleCountMax: Int = 20
    ) {
        let result = replay.judge(entry)
        let was = entry.verdict.decision
        if result.least.decision == result.most.decision {
            self.calls[Int(was.rawValue)][Int(result.least.decision.rawValue)] &+= entry.weight
        } else {
            self.undecidedCalls &+= entry.weight
        }
        if result.least.decision != was || result.most.decision != was,
            self.changed.count < exampleCountMax
        {
            self.changed.append((entry, result))
        }
    }
}
