package import HoldfastAdmission
internal import Synchronization

/// The rules that decide now, and those that decided what the log still tells of.
struct RulesInForce {
    private static let pastCountMax = 32

    var current: AdmissionRules
    /// Unix milliseconds.
    var takenMilliseconds: Int64
    /// Why the file as it is now was not taken; empty: it was, or there is none.
    var error = ""
    /// By the generation of the risk tables.
    private var past: [UInt32: RiskRules]

    init(_ rules: AdmissionRules, takenAt now: Int64) {
        self.current = rules
        self.takenMilliseconds = now
        self.past = [0: rules.risk]
    }

    mutating func take(_ rules: AdmissionRules, generation: UInt32, at now: Int64) {
        self.current = rules
        self.takenMilliseconds = now
        self.error = ""
        self.past[generation] = rules.risk
        self.past[generation &- UInt32(Self.pastCountMax)] = nil
    }

    /// Nil: so many were taken since that these are forgotten.
    func risk(generation: UInt32) -> RiskRules? { self.past[generation] }
}

extension AdmissionGate {
    /// Bytes of an error that GetServerInfo tells.
    private static let errorByteCountMax = 4_096

    /// Other rules from now on; what was counted and spent stays.
    /// - Parameter now: server time, Unix milliseconds.
    /// - Throws: the limits, joined with those of the settings, cannot be used; nothing has changed.
    package func take(_ rules: AdmissionRules, now: Int64) throws(LimiterSettingsError) {
        let limits = rules.limits.applied(to: self.settings.limits)
        try self.state.withLock { (state) throws(LimiterSettingsError) in
            try state.limiter.apply(limits)
            // The counts by rule go on when only limits have changed.
            if rules.risk != state.rules.current.risk { state.risk.take(rules.risk) }
            state.rules.take(rules, generation: state.risk.rulesGeneration, at: now)
        }
        self.noteAges(rules.risk)
    }

    /// Notes why the rules file as it is now was not taken.
    func noteRulesError(_ text: String) {
        let short = String(decoding: text.utf8.prefix(Self.errorByteCountMax), as: UTF8.self)
        self.state.withLock { $0.rules.error = short }
    }

    /// The rules file is again as it was when it was taken.
    func clearRulesError() { self.state.withLock { $0.rules.error = "" } }

    package var admissionRules: AdmissionRules { self.state.withLock { $0.rules.current } }
}
