import HoldfastClient

extension AdmissionInfo {
    /// Lines for people.
    var pairs: [(String, String)] {
        guard self.mode != "off" else { return [("admission", "off: nobody is refused by it")] }
        var pairs = [
            ("admission", self.mode),
            (
                "rules",
                "version \(self.rulesVersion), taken \(TimeText.text(self.rulesTakenMilliseconds))"
            ),
        ]
        if !self.rulesError.isEmpty { pairs.append(("RULES NOT TAKEN", self.rulesError)) }
        pairs += [
            (
                "limiter",
                "\(self.limiterAllowed) let in, refused by \(Self.text(self.limiterRefused))"
            ),
            (
                "limiter memory",
                "\(Self.share(self.bucketsUsedPerThousand)) of buckets, "
                    + "\(Self.share(self.windowsUsedPerThousand)) of windows in use"
            ),
            (
                "risk",
                "\(self.riskEvaluated) judged, \(self.riskChallenged) to be challenged, "
                    + "\(self.riskRejected) rejected"
            ),
            ("rules fired", Self.text(self.rulesFired)),
            (
                "inputs missing",
                "age \(self.missingAge), device \(self.missingDevice), address \(self.missingAddress)"
            ),
            (
                "on record",
                "\(self.buyersTracked) buyers, \(self.addressesTracked) addresses; "
                    + "\(self.untracked) calls untracked, \(self.forgotten) buyers forgotten"
            ),
            ("restored", "\(self.restored) reservations of before the start"),
        ]
        return pairs
    }

    private static func text(_ counts: [NamedCount]) -> String {
        counts.isEmpty ? "-" : counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    }

    private static func share(_ perThousand: Int) -> String {
        "\(perThousand / 10).\(perThousand % 10) %"
    }
}
