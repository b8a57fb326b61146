/// One reservation, 64 bytes: one cache line. Its lines are `LineRecord`s side by side from `firstLine` on.
struct HoldRecord {
    var request: RequestID
    var payload: PayloadHash
    /// Bits 0…43 the deadline in Unix milliseconds (until the year 2527), 44…63 the slot's generation.
    private var deadlineAndGeneration: UInt64
    var buyer: UInt32
    /// Chain of the buyer's live holds.
    var buyerNext: UInt32
    var buyerPrevious: UInt32
    var firstLine: UInt32
    /// Bits 0…3 state, 4…8 line count, 9…11 refund cause, 12…15 flags, 16…39 extension in ms, 40…59 sale.
    private var bits: UInt64

    private static var deadlineMask: UInt64 { (1 << 44) - 1 }

    @inline(__always)
    init(
        request: RequestID, payload: PayloadHash, deadline: Int64, generation: UInt32,
        buyer: UInt32, firstLine: UInt32, lineCount: Int, sale: UInt32
    ) {
        precondition(deadline >= 0 && UInt64(deadline) <= Self.deadlineMask)
        precondition(sale < 1 << 20)
        self.request = request
        self.payload = payload
        self.deadlineAndGeneration = UInt64(deadline) | UInt64(generation) &<< 44
        self.buyer = buyer
        self.buyerNext = 0
        self.buyerPrevious = 0
        self.firstLine = firstLine
        self.bits =
            UInt64(ReservationState.held.rawValue) | UInt64(lineCount) &<< 4 | UInt64(sale) &<< 40
    }

    /// The fields are values that they can have: for records that come from outside.
    @inline(__always)
    var isPlausible: Bool {
        let state = UInt8(self.field(0, 4))
        return state != 0 && ReservationState(rawValue: state) != nil
            && RefundCause(rawValue: UInt8(self.field(9, 3))) != nil && self.bits &>> 60 == 0
    }

    @inline(__always)
    private func field(_ shift: UInt64, _ width: UInt64) -> UInt64 {
        (self.bits &>> shift) & ((1 &<< width) &- 1)
    }

    @inline(__always)
    private mutating func setField(_ shift: UInt64, _ width: UInt64, _ value: UInt64) {
        let mask = ((UInt64(1) &<< width) &- 1) &<< shift
        self.bits = (self.bits & ~mask) | (value &<< shift & mask)
    }

    @inline(__always)
    var deadline: Int64 {
        get { Int64(self.deadlineAndGeneration & Self.deadlineMask) }
        set {
            precondition(newValue >= 0 && UInt64(newValue) <= Self.deadlineMask)
            self.deadlineAndGeneration =
                self.deadlineAndGeneration & ~Self.deadlineMask | UInt64(newValue)
        }
    }

    @inline(__always)
    var generation: UInt32 { UInt32(self.deadlineAndGeneration &>> 44) }

    @inline(__always)
    var state: ReservationState {
        get { ReservationState(rawValue: UInt8(self.field(0, 4))) ?? .none }
        set { self.setField(0, 4, UInt64(newValue.rawValue)) }
    }

    @inline(__always)
    var lineCount: Int { Int(self.field(4, 5)) }

    var cause: RefundCause {
        get { RefundCause(rawValue: UInt8(self.field(9, 3))) ?? .none }
        set { self.setField(9, 3, UInt64(newValue.rawValue)) }
    }

    /// Confirmed after its deadline.
    var isLate: Bool {
        get { self.field(12, 1) != 0 }
        set { self.setField(12, 1, newValue ? 1 : 0) }
    }

    /// Was CONFIRMED at some time: tells the two ways into REFUNDED apart.
    var wasConfirmed: Bool {
        get { self.field(13, 1) != 0 }
        set { self.setField(13, 1, newValue ? 1 : 0) }
    }

    /// Under review.
    var isFrozen: Bool {
        get { self.field(14, 1) != 0 }
        set { self.setField(14, 1, newValue ? 1 : 0) }
    }

    /// Has an entry in the table of references.
    var hasReferences: Bool {
        get { self.field(15, 1) != 0 }
        set { self.setField(15, 1, newValue ? 1 : 0) }
    }

    /// Milliseconds that Extend added; 0: not extended.
    var extensionMilliseconds: Int64 {
        get { Int64(self.field(16, 24)) }
        set {
            precondition(newValue >= 0 && newValue < 1 << 24)
            self.setField(16, 24, UInt64(newValue))
        }
    }

    @inline(__always)
    var sale: UInt32 { UInt32(self.field(40, 20)) }
}
