// What the lease calls and the changes that a lease guards share.

/// What a lease locks.
public enum LeaseTarget: Sendable, Hashable {
    /// A sale: while the lease lives, changes of it by others are refused with `FENCED`.
    case sale(String)
    /// Any name that callers agree on, 1 to 64 bytes.
    case name(String)
}

/// Who holds a lease: 16 random bytes made by the caller **before** it asks, so that asking again gives the same answer.
/// Whoever knows them can renew and release the lease.
public struct OwnerToken: Sendable, Hashable, CustomStringConvertible {
    /// Bytes of a token.
    public static let byteCount = 16

    private let high: UInt64
    private let low: UInt64

    /// A new one out of the system's random numbers.
    public init() {
        var generator = SystemRandomNumberGenerator()
        // Never all zero.
        self.high = UInt64.random(in: 1 ... .max, using: &generator)
        self.low = UInt64.random(in: 0 ... .max, using: &generator)
    }

    /// Takes 16 bytes as they are; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        self.low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads 32 hexadecimal digits; nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 2 * Self.byteCount, let id = RequestID(text) else { return nil }
        self.init(bytes: id.bytes)
    }

    /// The 16 bytes, as they travel.
    public var bytes: [UInt8] {
        [self.high, self.low].flatMap { half in
            (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) }
        }
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String { ProtobufReader.hex(self.bytes) }
}

/// Proof that the caller holds a sale's lease, sent with a change of the sale. The server refuses the change with `FENCED`
/// if the token is older than the newest that it granted, or if another holds the lease.
public struct LeaseProof: Sendable, Hashable {
    /// The owner token of the lease.
    public var ownerToken: OwnerToken
    /// The fencing token that AcquireLease gave.
    public var fencingToken: UInt64

    /// Makes one; the fields are described above.
    public init(ownerToken: OwnerToken, fencingToken: UInt64) {
        self.ownerToken = ownerToken
        self.fencingToken = fencingToken
    }
}

/// What became of a lease call.
public enum LeaseOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// The caller holds the lease until the deadline.
    case held
    /// Another holds it, and the caller did not wait or waited in vain.
    case heldByAnother
    /// The caller does not hold it, or no more: stop writing.
    case lost
    /// Given back, or it was not held any more.
    case released
    /// No such sale.
    case saleNotFound
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "LEASE_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.held, "HELD"),
        (.heldByAnother, "HELD_BY_ANOTHER"),
        (.lost, "LOST"),
        (.released, "RELEASED"),
        (.saleNotFound, "SALE_NOT_FOUND"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .held: 1
        case .heldByAnother: 2
        case .lost: 3
        case .released: 4
        case .saleNotFound: 5
        case .unrecognized(let number): number
        }
    }
}
