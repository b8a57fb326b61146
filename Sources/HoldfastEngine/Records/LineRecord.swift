/// One product in one reservation, 32 bytes, and its place among the product's deadlines.
struct LineRecord {
    var hold: UInt32
    var product: UInt32
    /// Bits 0…19 granted, 20…39 quantity, 40…59 refunded, 60…63 outcome.
    private var quantities: UInt64
    /// Bits 0…40 price in minor units, 60…63 the queue it stands in.
    private var priceAndQueue: UInt64
    /// Queue: the next later line. Treap: the child with later deadlines.
    var next: UInt32
    /// Queue: the next earlier line. Treap: the child with earlier deadlines.
    var previous: UInt32

    private static var quantityMask: UInt64 { (1 << 20) - 1 }
    private static var priceMask: UInt64 { (1 << 41) - 1 }

    @inline(__always)
    init(
        hold: UInt32, product: UInt32, granted: Int64, priceMinor: Int64, outcome: ReserveResult
    ) {
        precondition(granted >= 0 && granted <= EngineLimits.quantityMax)
        precondition(priceMinor >= 0 && priceMinor <= EngineLimits.priceMinorMax)
        self.hold = hold
        self.product = product
        self.quantities =
            UInt64(granted) | UInt64(granted) &<< 20 | UInt64(outcome.rawValue) &<< 60
        self.priceAndQueue = UInt64(priceMinor) | UInt64(DeadlineQueue.none) &<< 60
        self.next = 0
        self.previous = 0
    }

    /// The fields are values that they can have: for records that come from outside.
    @inline(__always)
    var isPlausible: Bool {
        self.granted <= EngineLimits.quantityMax && self.quantity + self.refunded <= self.granted
            && self.priceMinor <= EngineLimits.priceMinorMax
            && self.priceAndQueue & (0x7_ffff &<< 41) == 0
            && (self.queue <= DeadlineQueue.treap || self.queue == DeadlineQueue.none)
            && ReserveResult(rawValue: UInt8(self.quantities &>> 60)) != nil
    }

    /// Units that Reserve granted; never changes.
    @inline(__always)
    var granted: Int64 { Int64(self.quantities & Self.quantityMask) }

    /// Units held or sold; keeps what was held when a hold ends without a sale.
    @inline(__always)
    var quantity: Int64 {
        get { Int64((self.quantities &>> 20) & Self.quantityMask) }
        set {
            precondition(newValue >= 0 && newValue <= EngineLimits.quantityMax)
            self.quantities =
                self.quantities & ~(Self.quantityMask &<< 20) | UInt64(newValue) &<< 20
        }
    }

    /// Units sold and given back.
    var refunded: Int64 {
        get { Int64((self.quantities &>> 40) & Self.quantityMask) }
        set {
            precondition(newValue >= 0 && newValue <= EngineLimits.quantityMax)
            self.quantities =
                self.quantities & ~(Self.quantityMask &<< 40) | UInt64(newValue) &<< 40
        }
    }

    var outcome: ReserveResult {
        ReserveResult(rawValue: UInt8(self.quantities &>> 60)) ?? .unspecified
    }

    @inline(__always)
    var priceMinor: Int64 { Int64(self.priceAndQueue & Self.priceMask) }

    @inline(__always)
    var queue: UInt8 {
        get { UInt8(self.priceAndQueue &>> 60) }
        set {
            self.priceAndQueue =
                self.priceAndQueue & ((1 &<< 60) &- 1) | UInt64(newValue) &<< 60
        }
    }
}
