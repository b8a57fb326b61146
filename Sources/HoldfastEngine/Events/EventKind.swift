/// What a shard decides. Numbers go to disk: append-only.
enum EventKind: UInt8 {
    case saleSet = 1
    case productSet = 2
    case purchaseSet = 3
    case saleStateSet = 4
    case productStateSet = 5
    case stockAdjusted = 6
    case reserved = 7
    case confirmed = 8
    case refundDue = 9
    case cancelled = 10
    case tombstoned = 11
    case expired = 12
    case released = 13
    case extended = 14
    case refunded = 15
    case saleSealed = 16
    case importStaged = 17
    case importCommitted = 18
    case importDropped = 19
    case buyerStandingSet = 20
    case leaseGranted = 21
    case leaseRenewed = 22
    case leaseEnded = 23
    case blacklistAdded = 24
    case blacklistRemoved = 25
}

/// The head of every event: 24 bytes, little-endian.
///
///     0 length u32 (whole event) · 4 kind u8 · 5 version u8 · 6 shard u16 · 8 shard sequence u64 · 16 time i64 (ms)
enum EventHead {
    static var byteCount: Int { 24 }
    static var version: UInt8 { 1 }
}
