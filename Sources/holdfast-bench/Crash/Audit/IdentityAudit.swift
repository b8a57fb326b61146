import HoldfastClient

/// Time, boot epoch and instance from one start to the next.
struct IdentityAudit: Sendable {
    private var hello: ServerHello?

    /// Compares with the start before, and keeps this one.
    mutating func compare(_ callers: CrashCallers, _ book: CrashBook, _ checks: CrashChecks) {
        guard let now = callers.gateways[0].serverHello else {
            return checks.fail(.instance, "no HELLO")
        }
        checks.expect(
            now.serverTimeMilliseconds >= book.serverTimeMaxMilliseconds, .timeForward,
            "HELLO says \(now.serverTimeMilliseconds), before the restart it was "
                + "\(book.serverTimeMaxMilliseconds) already")
        if let before = self.hello {
            checks.expect(
                now.instanceID == before.instanceID, .instance,
                "instance \(now.instanceID), was \(before.instanceID)")
            checks.expect(
                now.bootEpoch > before.bootEpoch, .bootEpoch,
                "boot epoch \(now.bootEpoch) after \(before.bootEpoch)")
        }
        self.hello = now
        book.saw(serverTimeMilliseconds: now.serverTimeMilliseconds)
    }
}
