internal import HoldfastAdmission
internal import HoldfastRules

extension AdmissionGate {
    /// Limiter and risk rules with their memory; nil when they are off.
    /// - Parameters:
    ///   - keys: 128 random bits of this start.
    ///   - now: server time, Unix milliseconds.
    static func make(
        _ settings: AdmissionSettings, keys: (UInt64, UInt64), now: Int64
    ) throws(StartupFailure) -> AdmissionGate? {
        guard settings.mode != .off else { return nil }
        var rules = AdmissionRules.defaults
        if let file = settings.rulesFile {
            do throws(RulesFileError) {
                rules = try RulesFile.read(file)
            } catch {
                throw StartupFailure(.configuration, "\(error.description) (admission.rules)")
            }
        }
        do {
            return try AdmissionGate(settings: settings, rules: rules, keys: keys, now: now)
        } catch {
            throw StartupFailure(
                .unavailable,
                "\(error); lower admission.limiter_bytes or admission.risk_users, or set "
                    + "admission.mode: off")
        }
    }
}
