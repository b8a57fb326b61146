internal import Synchronization

/// Who has how many connections and handshakes, over all reactors. Asked once a connection, never
/// once a request, so one lock does.
final class AddressLedger: Sendable {
    enum Refusal { case rate, handshakes }

    private struct Entry {
        var handshakeCount = 0
        var anonymousCount = 0
        /// Handshakes that may start now, in thousandths.
        var tokens: Int
        var refilledAt: UInt64
    }

    private struct Ledger {
        var entries: [IPAddress: Entry] = [:]
        var sweptAt: UInt64 = 0
    }

    private let ledger = Mutex(Ledger())
    private let limits: TransportLimits

    init(limits: TransportLimits) { self.limits = limits }

    /// Nil admits the handshake and counts it until `handshakeEnded`.
    func handshakeStarted(_ address: IPAddress, now: UInt64) -> Refusal? {
        let limits = self.limits
        let tokensMax = limits.handshakesPerAddressPerSecond * 1000
        return self.ledger.withLock { (ledger) -> Refusal? in
            Self.sweep(&ledger, now: now)
            var entry =
                ledger.entries[address.network] ?? Entry(tokens: tokensMax, refilledAt: now)
            let elapsedMilliseconds = Int((now &- entry.refilledAt) / 1_000_000)
            if elapsedMilliseconds > 0 {
                let refill =
                    min(elapsedMilliseconds, 60_000) * limits.handshakesPerAddressPerSecond
                entry.tokens = min(tokensMax, entry.tokens + refill)
                entry.refilledAt = now
            }
            defer { ledger.entries[address.network] = entry }
            if entry.handshakeCount >= limits.handshakesPerAddressMax { return .handshakes }
            if entry.tokens < 1000 { return .rate }
            entry.tokens -= 1000
            entry.handshakeCount += 1
            return nil
        }
    }

    func handshakeEnded(_ address: IPAddress) {
        self.ledger.withLock { $0.entries[address.network]?.handshakeCount -= 1 }
    }

    /// A peer without certificate has opened. False when its address has too many already.
    func anonymousOpened(_ address: IPAddress) -> Bool {
        let countMax = self.limits.connectionsPerAddressMax
        return self.ledger.withLock { (ledger) -> Bool in
            guard let entry = ledger.entries[address.network] else {
                preconditionFailure("a connection opened without a counted handshake")
            }
            if entry.anonymousCount >= countMax { return false }
            ledger.entries[address.network]?.anonymousCount += 1
            return true
        }
    }

    func anonymousClosed(_ address: IPAddress) {
        self.ledger.withLock { $0.entries[address.network]?.anonymousCount -= 1 }
    }

    /// Forgets addresses that have nothing open and a full bucket: at most once a second.
    private static func sweep(_ ledger: inout Ledger, now: UInt64) {
        guard now &- ledger.sweptAt > 1_000_000_000, ledger.entries.count > 256 else { return }
        ledger.sweptAt = now
        ledger.entries = ledger.entries.filter { _, entry in
            entry.handshakeCount > 0 || entry.anonymousCount > 0
                || now &- entry.refilledAt < 2_000_000_000
        }
    }
}
