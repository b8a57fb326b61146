/// From measures to a score, a decision and evidence.
extension RiskTables {
    /// Judges a call by `measured`.
    @inline(__always)
    mutating func judge(_ input: RiskInput, now: Int64, isTracked: Bool) -> RiskVerdict {
        self.measuredAge =
            input.isAgeKnown
            ? now.subtractingReportingOverflow(input.accountCreatedMilliseconds).partialValue : 0
        var tally = RiskTally(bounds: self.compiled.bounds)
        for index in self.compiled.rows.indices {
            let row = self.compiled.rows[index]
            if self.fires(row, index, input) { tally.add(row) }
        }
        var missing: RiskMissingInputs = []
        if !input.isAgeKnown { missing.insert(.age) }
        if input.device == .missing { missing.insert(.device) }
        if input.network == .missing { missing.insert(.network) }
        return tally.verdict(missing: missing, isTracked: isTracked)
    }

    @inline(__always)
    private func fires(_ row: CompiledRules.Row, _ index: Int, _ input: RiskInput) -> Bool {
        switch row.feature {
        case .purchasesPerUser, .callsPerUser:
            return row.condition.holds(self.measured[row.measure])
        case .devicesPerUser:
            if input.device == .missing && row.missing == .fires { return true }
            return row.condition.holds(self.measured[row.measure])
        case .accountsPerAddress:
            switch input.network {
            case .present:
                return self.compiled.condition(index, network: self.measuredNetwork)
                    .holds(self.measured[row.measure])
            case .missing: return row.missing == .fires
            case .notApplicable: return false
            }
        case .accountAge:
            if !input.isAgeKnown { return row.missing == .fires }
            return row.condition.holds(self.measuredAge)
        case .largeOrderAge:
            guard
                input.quantity >= max(2, input.limitPerUser)
                    || input.amountMinor >= self.compiled.bounds.largeAmountMinor
            else { return false }
            if !input.isAgeKnown { return row.missing == .fires }
            return row.condition.holds(self.measuredAge)
        }
    }

    /// Which rules fired and what they saw, of the call that was judged last: `verdict` and `input` are its own.
    package func evidence(of verdict: RiskVerdict, _ input: RiskInput) -> [RiskEvidence] {
        var list: [RiskEvidence] = []
        for (index, row) in self.compiled.rows.enumerated()
        where (verdict.fired | verdict.observed) & row.bit != 0 {
            let isMissing: Bool
            let value: Int64
            switch row.feature {
            case .accountAge, .largeOrderAge:
                isMissing = !input.isAgeKnown
                value = self.measuredAge
            case .accountsPerAddress:
                isMissing = input.network == .missing
                value = self.measured[row.measure]
            case .devicesPerUser:
                isMissing = input.device == .missing && row.missing == .fires
                value = self.measured[row.measure]
            case .purchasesPerUser, .callsPerUser:
                isMissing = false
                value = self.measured[row.measure]
            }
            list.append(
                RiskEvidence(
                    rule: self.compiled.source.rules[row.bit.trailingZeroBitCount],
                    value: isMissing ? 0 : value,
                    threshold: self.compiled.condition(index, network: self.measuredNetwork)
                        .threshold,
                    isMissingInput: isMissing))
        }
        return list
    }
}

extension RiskTables {
    /// What the rules count of a buyer now, without another call; accounts on an address are not a buyer's.
    package func measures(of user: AdmissionKey, now: Int64) -> [RiskMeasurement] {
        let time = max(self.last, now) &- self.base
        let record = self.users.find(user)
        return self.compiled.measures.compactMap { measure in
            let layout: RecentListLayout
            switch measure.feature {
            case .callsPerUser: layout = Self.calls
            case .purchasesPerUser: layout = Self.purchases
            case .devicesPerUser: layout = Self.devices
            default: return nil
            }
            let from = Self.from(time, measure.windowMilliseconds)
            let count = record.map { RecentList($0, layout).count(from: from, self.arena) } ?? 0
            return RiskMeasurement(
                feature: measure.feature, windowMilliseconds: measure.windowMilliseconds,
                value: Int64(count), isAtLeast: count >= self.keeping(measure.feature).countMax)
        }
    }

    /// The longest time that a rule looks back over something that a restart can tell: a buyer's purchases and calls.
    package var restorableMilliseconds: Int64 {
        max(
            self.keeping(.purchasesPerUser).horizonMilliseconds,
            self.keeping(.callsPerUser).horizonMilliseconds)
    }

    /// How often each rule fired, enforced or observed, since the rules were taken.
    package var firedByRule: [(rule: String, count: UInt64)] {
        self.compiled.source.rules.enumerated().map { index, rule in
            (rule.id, self.firedCount(index))
        }
    }
}

/// Adds up the rules that fired. One place for the arithmetic of scores: live calls and `risk test` share it.
struct RiskTally {
    private let bounds: CompiledRules.Bounds
    private var sum: Int32 = 0
    private var floor: Int32 = 0
    private var observedSum: Int32 = 0
    private var observedFloor: Int32 = 0
    private var fired: UInt32 = 0
    private var observed: UInt32 = 0
    private var isScalper = false

    @inline(__always)
    init(bounds: CompiledRules.Bounds) { self.bounds = bounds }

    @inline(__always)
    mutating func add(_ row: CompiledRules.Row) {
        // 32 rules of at most 1,000 points cannot overflow.
        if row.isEnforced {
            self.fired |= row.bit
            self.sum &+= row.add
            self.floor = max(self.floor, row.floor)
            if row.feature == .callsPerUser { self.isScalper = true }
        } else {
            self.observed |= row.bit
            self.observedSum &+= row.add
            self.observedFloor = max(self.observedFloor, row.floor)
        }
    }

    @inline(__always)
    func verdict(missing: RiskMissingInputs, isTracked: Bool) -> RiskVerdict {
        let floor = max(self.floor, isTracked ? 0 : self.bounds.untrackedScore)
        let most = Int32(RiskRules.scoreMax)
        let score = min(most, max(self.sum, floor))
        let scoreWithObserved = min(
            most, max(self.sum &+ self.observedSum, floor, self.observedFloor))
        return RiskVerdict(
            decision: self.bounds.decision(score: score), score: score,
            decisionWithObserved: self.bounds.decision(score: scoreWithObserved),
            scoreWithObserved: scoreWithObserved, fired: self.fired, observed: self.observed,
            missing: missing, isUntracked: !isTracked, isScalper: self.isScalper)
    }
}
