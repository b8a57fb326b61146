internal import Glibc
internal import Synchronization

/// What the reactors of a group share.
final class GroupState: Sendable {
    let limits: TransportLimits
    let reactorCount: Int
    let ledger: AddressLedger
    let connectionCount = Atomic<Int>(0)
    let log: @Sendable (TransportLogEvent) -> Void

    init(
        limits: TransportLimits, reactorCount: Int,
        log: @escaping @Sendable (TransportLogEvent) -> Void
    ) {
        self.limits = limits
        self.reactorCount = reactorCount
        self.ledger = AddressLedger(limits: limits)
        self.log = log
    }

    func nextConnectionNumber() -> UInt64 {
        connectionNumbers.add(1, ordering: .relaxed).newValue
    }

    /// The wall clock, for the dates of certificates only.
    func unixSeconds() -> Int64 { Int64(time(nil)) }
}

/// Numbers of connections are unique in the process.
private let connectionNumbers = Atomic<UInt64>(0)

/// A listener as one reactor sees it.
struct ReactorListener {
    let name: String
    /// Below 0 once closed.
    var fd: Int32
    let context: TLSContext
    let inputBytesMax: Int
}
