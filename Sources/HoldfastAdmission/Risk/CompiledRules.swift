/// A counted feature over a window: what is measured once a call however many rules ask for it.
struct Measure: Hashable, Sendable, BitwiseCopyable {
    var feature: RiskFeature
    var windowMilliseconds: Int64

    init(feature: RiskFeature, windowMilliseconds: Int64) {
        self.feature = feature
        self.windowMilliseconds = windowMilliseconds
    }

    init(_ rule: RiskRule) {
        self.init(feature: rule.feature, windowMilliseconds: rule.windowMilliseconds)
    }
}

/// Rules as the evaluation wants them: trivial rows, thresholds by shared network, what each list must keep.
/// Made when rules are taken; read only after that.
struct CompiledRules: Sendable {
    struct Row: Sendable, BitwiseCopyable {
        var feature: RiskFeature
        var condition: RiskCondition
        var measure: Int
        var add: Int32
        var floor: Int32
        var isEnforced: Bool
        var missing: RiskMissing
        var bit: UInt32
    }

    /// What a list of moments is kept for.
    struct Keeping: Sendable, BitwiseCopyable {
        /// 0: no rule asks for this feature.
        var countMax = 0
        var horizonMilliseconds: Int64 = 0
    }

    /// The numbers of `RiskRules` that a score is held against.
    struct Bounds: Sendable, BitwiseCopyable {
        let rejectAbove: Int32
        let challengeAbove: Int32
        let untrackedScore: Int32
        let largeAmountMinor: Int64

        @inline(__always)
        func decision(score: Int32) -> RiskDecision {
            score > self.rejectAbove ? .reject : score > self.challengeAbove ? .challenge : .allow
        }
    }

    let source: RiskRules
    let bounds: Bounds
    /// Enabled rules only; `bit` is the rule's place in the source.
    let rows: [Row]
    let measures: [Measure]
    let keeping: InlineArray<4, Keeping>
    let networks: NetworkMap
    /// A threshold for each row at network n in `n * rows.count ..<`; 0: the rule's own.
    private let networkThresholds: [Int64]
    /// What an address's list keeps in network n.
    private let networkCountMax: [Int]

    init(_ rules: RiskRules) {
        precondition(
            rules.rules.count <= RiskRules.ruleCountMax
                && rules.sharedNetworks.count <= RiskRules.sharedNetworkCountMax,
            "rules that no document could have given")
        var measures: [Measure] = []
        var rows: [Row] = []
        var keeping = InlineArray<4, Keeping>(repeating: Keeping())
        for (index, rule) in rules.rules.enumerated() where rule.isEnabled {
            var measure = -1
            if rule.feature.isCounted {
                measure = measures.firstIndex(of: Measure(rule)) ?? measures.count
                if measure == measures.count { measures.append(Measure(rule)) }
                let feature = Int(rule.feature.rawValue)
                keeping[feature].countMax = max(
                    keeping[feature].countMax, rule.condition.countMax)
                keeping[feature].horizonMilliseconds = max(
                    keeping[feature].horizonMilliseconds, rule.windowMilliseconds)
            }
            var row = Row(
                feature: rule.feature, condition: rule.condition, measure: measure, add: 0,
                floor: 0, isEnforced: rule.mode == .enforce, missing: rule.missing,
                bit: 1 << UInt32(index))
            switch rule.effect {
            case .add(let points): row.add = Int32(points)
            case .raiseTo(let points): row.floor = Int32(points)
            }
            rows.append(row)
        }
        precondition(
            measures.count <= RiskRules.measureCountMax, "more measures than a document may have")
        self.source = rules
        self.bounds = Bounds(
            rejectAbove: Int32(rules.rejectAbove), challengeAbove: Int32(rules.challengeAbove),
            untrackedScore: Int32(rules.untrackedScore), largeAmountMinor: rules.largeAmountMinor)
        self.rows = rows
        self.measures = measures
        self.keeping = keeping

        self.networks = NetworkMap(rules.sharedNetworks.map(\.range))
        var thresholds: [Int64] = []
        var countMax: [Int] = []
        for network in rules.sharedNetworks {
            var most = 1
            for row in rows {
                let rule = rules.rules[row.bit.trailingZeroBitCount]
                let own = row.feature == .accountsPerAddress ? network.thresholds[rule.id] : nil
                thresholds.append(own ?? 0)
                if row.feature == .accountsPerAddress {
                    let condition = own.map(rule.condition.with(threshold:)) ?? rule.condition
                    most = max(most, condition.countMax)
                }
            }
            countMax.append(most)
        }
        self.networkThresholds = thresholds
        self.networkCountMax = countMax
    }

    /// The place of the shared network that an address is in, or -1.
    @inline(__always)
    func network(of address: NetworkAddress) -> Int {
        self.networkCountMax.isEmpty ? -1 : self.networks.index(of: address) ?? -1
    }

    /// How many accounts an address in this network keeps.
    @inline(__always)
    func accountCountMax(network: Int) -> Int {
        network < 0
            ? self.keeping[Int(RiskFeature.accountsPerAddress.rawValue)].countMax
            : self.networkCountMax[network]
    }

    /// A row's condition in a network.
    @inline(__always)
    func condition(_ row: Int, network: Int) -> RiskCondition {
        if network >= 0 {
            let own = self.networkThresholds[network &* self.rows.count &+ row]
            if own > 0 { return self.rows[row].condition.with(threshold: own) }
        }
        return self.rows[row].condition
    }
}
