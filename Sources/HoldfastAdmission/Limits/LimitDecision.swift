/// Along what a call is limited, in the order in which equal waits are named.
package enum LimitDimension: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case user = 0
    /// IPv4 address or IPv6 /64.
    case address = 1
    case device = 2
    case sale = 3
    case global = 4
    /// No dimension of a call: the limiter's memory holds nothing but keys that still count, and a new one has no room.
    case capacity = 5

    /// How many of them limit calls.
    static let limitingCount = 5

    /// As in answers, metrics and settings.
    package var name: String {
        switch self {
        case .user: "user"
        case .address: "ip"
        case .device: "device"
        case .sale: "sale"
        case .global: "global"
        case .capacity: "capacity"
        }
    }
}

/// What the limiter says to one call, over all dimensions.
package enum LimitDecision: Equatable, Sendable, BitwiseCopyable {
    /// Every dimension allowed it, and each has spent one.
    case allowed
    /// Nothing was spent. The dimension is the one that refuses longest; after `retryAfterMilliseconds` (at least 1) none of those
    /// that refuse now does, unless other calls were faster.
    case refused(LimitDimension, retryAfterMilliseconds: Int64)

    @inlinable
    package var isAllowed: Bool {
        if case .allowed = self { true } else { false }
    }
}

/// What the limiter has decided since its start. `decide` counts here, `peek` and `restore` do not.
package struct LimitCounters: Equatable, Sendable, BitwiseCopyable {
    package var allowed: UInt64 = 0
    private var refusals = InlineArray<6, UInt64>(repeating: 0)

    package init() {}

    /// Refused calls by the dimension that was named; each call counts once.
    package subscript(dimension: LimitDimension) -> UInt64 {
        get { self.refusals[Int(dimension.rawValue)] }
        set { self.refusals[Int(dimension.rawValue)] = newValue }
    }

    package var refused: UInt64 {
        LimitDimension.allCases.reduce(0) { $0 + self[$1] }
    }

    package static func == (left: LimitCounters, right: LimitCounters) -> Bool {
        left.allowed == right.allowed
            && LimitDimension.allCases.allSatisfy { left[$0] == right[$0] }
    }
}

/// One call of a batch: `subject` goes in, `decision` comes out.
package struct LimitCall: Sendable, BitwiseCopyable {
    package var subject: AdmissionSubject
    package var decision: LimitDecision = .allowed

    package init(_ subject: AdmissionSubject) { self.subject = subject }
}

/// Calls that are decided together, wherever in their owner's records subjects and decisions lie: nothing of them is copied.
/// The memory is the owner's, and must not change hands until the decisions are there.
package struct LimitBatch: BitwiseCopyable {
    package let count: Int
    private let subjects: UnsafeRawPointer
    private let decisions: UnsafeMutableRawPointer
    private let strideBytes: Int

    /// - Parameters:
    ///   - records: `count` of them, `strideBytes` apart.
    ///   - subject: where in each the `AdmissionSubject` lies.
    ///   - decision: where in each the `LimitDecision` goes; need not be initialised.
    package init(
        records: UnsafeMutableRawPointer, count: Int, strideBytes: Int, subject: Int, decision: Int
    ) {
        self.count = count
        self.subjects = UnsafeRawPointer(records + subject)
        self.decisions = records + decision
        self.strideBytes = strideBytes
    }

    package init(_ calls: UnsafeMutableBufferPointer<LimitCall>) {
        guard let base = calls.baseAddress,
            let subject = MemoryLayout<LimitCall>.offset(of: \.subject),
            let decision = MemoryLayout<LimitCall>.offset(of: \.decision)
        else {
            precondition(calls.isEmpty, "stored fields have offsets")
            self.init(
                records: UnsafeMutableRawPointer(bitPattern: 8)!, count: 0, strideBytes: 0,
                subject: 0, decision: 0)
            return
        }
        self.init(
            records: UnsafeMutableRawPointer(base), count: calls.count,
            strideBytes: MemoryLayout<LimitCall>.stride, subject: subject, decision: decision)
    }

    @inline(__always)
    func subject(_ index: Int) -> UnsafePointer<AdmissionSubject> {
        (self.subjects + index &* self.strideBytes).assumingMemoryBound(to: AdmissionSubject.self)
    }

    @inline(__always)
    func decide(_ index: Int, _ decision: LimitDecision) {
        (self.decisions + index &* self.strideBytes)
            .assumingMemoryBound(to: LimitDecision.self).initialize(to: decision)
    }
}
