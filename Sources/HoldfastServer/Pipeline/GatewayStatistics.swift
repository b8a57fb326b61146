internal import HoldfastEngine
package import HoldfastWire
internal import Synchronization

/// What one reactor has answered: by method and code, and by method and outcome. Written by its reactor alone,
/// read by anyone: each counter is a relaxed load and store, which costs no more than a plain one.
/// Method 0 stands for numbers that are no method.
package final class GatewayStatistics: Sendable {
    /// Method numbers are below this.
    private static let methodCount = 128
    /// Codes and outcomes are below this.
    private static let columnCount = 32

    private struct Table: @unchecked Sendable {
        let counters: UnsafeMutablePointer<Atomic<UInt64>>

        init() {
            let count = GatewayStatistics.methodCount * GatewayStatistics.columnCount
            self.counters = .allocate(capacity: count)
            for index in 0..<count { (self.counters + index).initialize(to: Atomic(0)) }
        }

        @inline(__always)
        func add(_ method: UInt8, _ column: Int) {
            assert(column < GatewayStatistics.columnCount)
            let index = Int(method & 127) &* GatewayStatistics.columnCount &+ column
            let counter = self.counters + index
            counter.pointee.store(
                counter.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        }

        func value(_ method: Int, _ column: Int) -> UInt64 {
            let index = method * GatewayStatistics.columnCount + column
            return self.counters[index].load(ordering: .relaxed)
        }
    }

    private let codes = Table()
    private let outcomes = Table()

    package init() {}

    deinit {
        self.codes.counters.deallocate()
        self.outcomes.counters.deallocate()
    }

    /// A call of which the outcome (the response's first field) is known. OK by definition.
    @inline(__always)
    func countOutcome(_ method: UInt8, _ outcome: UInt8) {
        self.codes.add(method, 0)
        self.outcomes.add(method, Int(outcome & 31))
    }

    @inline(__always)
    func countCode(_ method: UInt8, _ code: RPCCode) { self.codes.add(method, Int(code.rawValue)) }

    /// Answers of a method with a code since the start.
    package func count(_ method: Method, code: RPCCode) -> UInt64 {
        self.codes.value(Int(method.rawValue), Int(code.rawValue))
    }

    /// Answers of a method with an outcome, by the wire's number, since the start.
    package func count(_ method: Method, outcome: UInt8) -> UInt64 {
        self.outcomes.value(Int(method.rawValue), Int(outcome))
    }

    /// All calls answered since the start.
    package var callCount: UInt64 {
        var sum: UInt64 = 0
        for method in 0..<Self.methodCount {
            for column in 0..<Self.columnCount { sum &+= self.codes.value(method, column) }
        }
        return sum
    }
}

extension Call {
    /// The number of the outcome as the response's first field carries it; nil: refused.
    @inline(__always)
    var outcomeNumber: UInt8? {
        switch self.outcome {
        case .reserve(let outcome): outcome.result.rawValue
        case .confirm(let outcome): outcome.result.rawValue
        case .cancel(let outcome): outcome.result.rawValue
        case .extend(let outcome): outcome.result.rawValue
        case .refund(let outcome): outcome.result.rawValue
        case .getReservation(let outcome): outcome.result.rawValue
        case .getStock(let outcome): outcome.result.rawValue
        case .importChunk(let outcome): outcome.result.rawValue
        case .adjustStock(let outcome): outcome.result.rawValue
        case .setSaleState(let outcome): outcome.result.rawValue
        case .setProductState(let outcome): outcome.result.rawValue
        case .acquireLease(let outcome): outcome.result.rawValue
        case .renewLease(let outcome): outcome.result.rawValue
        case .releaseLease(let outcome): outcome.result.rawValue
        case .blacklistChange, .blacklistList: 1
        case .releaseBuyer, .pending, .refused, .leaseWaiting: nil
        }
    }
}

extension Command {
    /// The sale that decides which shard is asked.
    @inline(__always)
    var saleID: ByteView {
        switch self {
        case .reserve(let command): command.pointee.saleID
        case .confirm(let command): command.saleID
        case .cancel(let command): command.saleID
        case .extend(let command): command.saleID
        case .refund(let command): command.saleID
        case .getReservation(let command): command.saleID
        case .getStock(let command): command.saleID
        case .importChunk(let command): command.saleID
        case .adjustStock(let command): command.saleID
        case .setSaleState(let command): command.saleID
        case .setProductState(let command): command.saleID
        case .releaseBuyer(let command): command.saleID
        case .acquireLease(let command): command.target.id
        case .renewLease(let command): command.target.id
        case .releaseLease(let command): command.target.id
        case .blacklistAdd, .blacklistRemove, .blacklistList: .empty
        }
    }

    /// Asks the control shard.
    var isOfBlacklist: Bool {
        switch self {
        case .blacklistAdd, .blacklistRemove, .blacklistList: true
        default: false
        }
    }

    /// What a lease call locks. A free name is no sale: the control shard is asked.
    var leaseTarget: LeaseTarget? {
        switch self {
        case .acquireLease(let command): command.target
        case .renewLease(let command): command.target
        case .releaseLease(let command): command.target
        default: nil
        }
    }
}
