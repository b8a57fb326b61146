import HoldfastAdmission
import HoldfastClient
import HoldfastRules

/// Rules out of a file, tried on calls that the server logged.
struct RulesTrial {
    /// One call that would come out differently, or might.
    struct Change {
        var call: LoggedCall
        /// `ALLOW`, `CHALLENGE` or `REJECT`; or two of them when the log does not tell enough.
        var would: String
        var score: String
        /// Ids of the rules that would fire, and of those of which the log does not tell enough.
        var fired: [String]
        var undecided: [String]
    }

    /// A line for each mistake of a file, with its line and rule; or the rules.
    enum Reading {
        case rules(RulesTrial)
        case unreadable(String)
        case mistakes([(line: Int, rule: String, message: String)])
    }

    static let names = ["ALLOW", "CHALLENGE", "REJECT"]

    let version: Int
    private let replay: RiskReplay
    private var report = RiskReplayReport()
    private(set) var changes: [Change] = []

    /// Reads a file as the server does.
    static func read(_ path: String) -> Reading {
        do throws(RulesFileError) {
            return .rules(RulesTrial(try RulesFile.read(path)))
        } catch {
            if error.isUnreadable { return .unreadable(error.description) }
            if error.problems.isEmpty { return .mistakes([(0, "", error.summary)]) }
            return .mistakes(error.problems.map { ($0.line, $0.rule ?? "", $0.message) })
        }
    }

    private init(_ rules: AdmissionRules) {
        self.version = Int(rules.risk.version)
        self.replay = RiskReplay(rules: rules.risk)
    }

    /// Calls by what they were and what they would be, in calls: `calls[was][would]`.
    var calls: [[UInt64]] { self.report.calls }
    var undecidedCalls: UInt64 { self.report.undecidedCalls }

    /// How many calls would come out differently.
    var changedCalls: UInt64 {
        var sum: UInt64 = 0
        for was in 0..<3 {
            for would in 0..<3 where was != would { sum &+= self.calls[was][would] }
        }
        return sum
    }

    /// - Parameter exampleCountMax: Changes that are kept with all they say.
    mutating func judge(_ calls: [LoggedCall], exampleCountMax: Int) {
        for call in calls {
            guard let entry = HoldfastAdmission.RiskLogEntry(call) else { continue }
            self.report.add(entry, self.replay, exampleCountMax: 0)
            let result = self.replay.judge(entry)
            let was = entry.verdict.decision
            guard result.least.decision != was || result.most.decision != was,
                self.changes.count < exampleCountMax
            else { continue }
            let least = Self.names[Int(result.least.decision.rawValue)]
            let most = Self.names[Int(result.most.decision.rawValue)]
            self.changes.append(
                Change(
                    call: call, would: least == most ? least : "\(least) or \(most)",
                    score: result.least.score == result.most.score
                        ? "\(result.least.score)"
                        : "\(result.least.score) to \(result.most.score)",
                    fired: self.replay.names(result.least.fired | result.least.observed),
                    undecided: self.replay.names(result.undecided)))
        }
    }
}

extension HoldfastAdmission.RiskLogEntry {
    /// Keys mean nothing outside of the server: all that a replay needs of them is whether they were there.
    private static let hasher = AdmissionHasher(key0: 0, key1: 0)

    /// Nil: a call of a server that says what this version does not know.
    fileprivate init?(_ call: LoggedCall) {
        guard let decision = RiskDecision(call.outcome),
            let withObserved = RiskDecision(call.outcomeWithObserved),
            let device = RiskPresence(call.device), let network = RiskPresence(call.address),
            call.measures.count <= RiskRules.measureCountMax
        else { return nil }
        let address = NetworkAddress(call.ip)
        guard network != .present || address != nil else { return nil }
        let input = RiskInput(
            subject: AdmissionSubject(
                user: Self.hasher.key(.user, "buyer"),
                device: device == .present ? Self.hasher.key(.device, "device") : .none,
                sale: Self.hasher.key(.sale, "sale"),
                network: network == .present ? address.map { Self.hasher.key($0) } ?? .none : .none,
                address: address ?? .unspecified),
            request: 0, device: device, network: network,
            accountCreatedMilliseconds: Int64(call.accountCreatedMilliseconds),
            quantity: Int64(call.quantity), limitPerUser: Int64(call.limitPerUser),
            amountMinor: Int64(call.amountMinor))
        self.init(
            milliseconds: Int64(call.atMilliseconds), weight: UInt64(clamping: call.weight),
            input: input,
            verdict: RiskVerdict(
                decision: decision, score: Int32(clamping: call.score),
                decisionWithObserved: withObserved,
                scoreWithObserved: Int32(clamping: call.scoreWithObserved), fired: 0, observed: 0,
                missing: [], isUntracked: call.untracked, isScalper: false),
            limit: .allowed, rulesVersion: Int64(call.rulesVersion), user: call.userID,
            measures: call.measures.compactMap { measure in
                RiskFeature(name: measure.feature).map {
                    RiskMeasurement(
                        feature: $0, windowMilliseconds: Int64(measure.windowMilliseconds),
                        value: Int64(measure.value), isAtLeast: measure.isAtLeast)
                }
            })
    }
}

extension RiskDecision {
    fileprivate init?(_ outcome: CheckRiskOutcome) {
        switch outcome {
        case .allow: self = .allow
        case .challenge: self = .challenge
        case .reject: self = .reject
        case .unspecified, .blacklisted, .unrecognized: return nil
        }
    }
}

extension RiskPresence {
    fileprivate init?(_ presence: RiskInputPresence) {
        switch presence {
        case .present: self = .present
        case .missing: self = .missing
        case .notApplicable: self = .notApplicable
        case .unspecified, .unrecognized: return nil
        }
    }
}
