import HoldfastClient

/// A call as the server logged it: a name of our own, since admission's library has the same.
typealias LoggedCall = RiskLogEntry

/// What the server's log of admission says.
struct ReadLog {
    var calls: [LoggedCall] = []
    /// The rules in force.
    var rulesVersion = 0
    /// What is counted of the buyer now.
    var present: [RiskMeasure] = []
    /// There is more than was asked for.
    var isCut = false
}

extension HoldfastClient {
    /// The log, page by page. `user`: only this buyer's; empty: everybody's.
    func readWholeRiskLog(
        user: String = "", countMax: Int = .max
    ) async throws(HoldfastError) -> ReadLog {
        var log = ReadLog()
        var request = ReadRiskLogRequest(userID: user)
        while true {
            let page = try await self.readRiskLog(request)
            log.rulesVersion = page.rulesVersion
            log.present = page.present
            log.calls += page.entries
            if log.calls.count > countMax
                || log.calls.count == countMax && !page.nextPageToken.isEmpty
            {
                log.isCut = true
                log.calls.removeLast(log.calls.count - countMax)
                return log
            }
            if page.nextPageToken.isEmpty { return log }
            request.pageToken = page.nextPageToken
        }
    }
}

extension RiskEvidence {
    /// Cells that every table of fired rules ends with.
    var cells: [String] {
        [
            self.rule, self.feature, self.missing ? "missing" : String(self.value),
            String(self.threshold),
            self.windowMilliseconds == 0 ? "" : String(self.windowMilliseconds),
            self.adds > 0
                ? "adds \(self.adds)" : self.raisesTo > 0 ? "raises to \(self.raisesTo)" : "bars",
            self.observed ? "observe" : "enforce",
        ]
    }

    static let titles = [
        "RULE", "FEATURE", ">VALUE", ">THRESHOLD", ">WINDOW MS", "EFFECT", "MODE",
    ]
}
