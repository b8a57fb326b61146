internal import HoldfastEngine
internal import HoldfastWire

/// A call that was read in this turn and waits for its end. Trivial, so that a turn's calls are one plain buffer.
struct PendingCall {
    enum Kind: UInt8 {
        /// `call` goes to a shard.
        case engine
        case ping
        /// `extraIndex` names an entry of the turn's local calls.
        case local
        /// Refused before it was a call; `extraIndex` names a status of the turn.
        case refused
        /// Refused by the limiter: `limitDimension`, and `extraIndex` in milliseconds.
        case limited
        /// CANCEL_CALL came in time.
        case cancelled
        /// Its caller no longer waits.
        case expired
    }

    /// Kept alive by the pipeline until the turn's end.
    var context: Unmanaged<ConnectionContext>
    var kind: Kind
    /// 0: no method that we know.
    var methodNumber: UInt8
    var callID: UInt32
    var timeoutMilliseconds: UInt32
    /// CLOCK_BOOTTIME.
    var deadlineNanoseconds: UInt64
    var shard: Int32 = 0
    /// Limited calls only: a `LimitDimension`.
    var limitDimension: UInt8 = 0
    var extraIndex: Int32 = 0
    /// In the arena; engine calls only.
    var call: UnsafeMutablePointer<Call>?
    /// Ping only.
    var payload: ByteView = .empty
    /// Counted as in flight by the session. A call that the session itself refused is not.
    var isCounted = true
}

/// The calls that the server answers without a shard's `execute`, apart from Ping.
enum LocalCall {
    case listSales(pageSize: Int, pageToken: ByteView)
    case checkRisk(RiskCheck)
    case blacklistQuestion(BlacklistQuestion)
    case getServerInfo
    case snapshot
    case readRiskLog(RiskLogQuery)
}

/// A growing buffer of trivial values that keeps its memory from turn to turn.
struct TurnBuffer<Element>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        precondition(capacity > 0)
        self.base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { self.base.deallocate() }

    @inline(__always)
    mutating func append(_ element: Element) {
        if self.count == self.capacity { self.grow(to: self.capacity * 2) }
        (self.base + self.count).initialize(to: element)
        self.count &+= 1
    }

    /// Room for one more, which the caller fills.
    @inline(__always)
    mutating func appendUninitialized() -> UnsafeMutablePointer<Element> {
        if self.count == self.capacity { self.grow(to: self.capacity * 2) }
        self.count &+= 1
        return self.base + (self.count &- 1)
    }

    @inline(__always)
    subscript(index: Int) -> Element {
        get {
            assert(index >= 0 && index < self.count)
            return self.base[index]
        }
        set {
            assert(index >= 0 && index < self.count)
            self.base[index] = newValue
        }
    }

    /// Makes the buffer `count` long; entries that are new are not initialised.
    mutating func resize(to count: Int) {
        if count > self.capacity { self.grow(to: max(count, self.capacity * 2)) }
        self.count = count
    }

    mutating func removeAll() { self.count = 0 }

    mutating func removeFirst(_ count: Int) {
        precondition(count <= self.count)
        self.count &-= count
        // Forward and overlapping: elements are trivial.
        self.base.update(from: self.base + count, count: self.count)
    }

    @inline(never)
    private mutating func grow(to capacity: Int) {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        larger.moveInitialize(from: self.base, count: self.count)
        self.base.deallocate()
        self.base = larger
        self.capacity = capacity
    }
}
