internal import HoldfastTransport
internal import HoldfastWire
internal import Logging

/// Refuses what has waited in line too long, for a small part of what serving it would cost: from the frame's head alone, by
/// copying an answer that is encoded once. Owner: one reactor's thread.
///
/// Only calls that take stock or ask are refused: who pays, cancels or extends has a hold already, and operators must get
/// through. What is refused is not counted by limiter and rules, since nobody has looked who it is.
struct OverloadShed: ~Copyable {
    private let frame: UnsafeMutableRawBufferPointer
    private var head: FrameHeader
    private static let waitMinNanoseconds: UInt64 = 100_000_000
    private static let logIntervalNanoseconds: UInt64 = 1_000_000_000
    private var countSinceLine = 0
    private var lineAt: UInt64 = 0
    /// Longer than this nobody is served.
    private let hopelessNanoseconds: UInt64
    private var lateCallsSinceRefusal = 0

    /// Of calls that are late one in so many is refused. A refusal still costs its part of decrypting and of the sockets, a third
    /// and more of a call that is served: a server that refused all who are late would be busy refusing, with a line no shorter
    /// than before (docs/BENCHMARKS.md). So it takes down the line with an eighth of its answers, and serves with the rest.
    static let lateCallsPerRefusal = 8
    /// Who has waited so many times what may be waited is refused in any case: that line is longer than callers have patience.
    static let hopelessTargets: UInt64 = 10

    /// - Parameter queueMilliseconds: `limits.queue_ms`.
    init(queueMilliseconds: Int) {
        self.hopelessNanoseconds = UInt64(queueMilliseconds) * 1_000_000 * Self.hopelessTargets
        let status = Status.overloaded
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ResponseEncoder.byteCountMax(for: status), alignment: 8)
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        let count = ResponseEncoder.encode(
            status: status, callID: 1, to: room.baseAddress!, arena: &arena)
        self.frame = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
        self.head = FrameHeader(reading: room.baseAddress!)
    }

    deinit { self.frame.deallocate() }

    static func applies(to method: UInt16) -> Bool {
        switch Method(rawValue: method) {
        case .reserve, .checkRisk, .getStock: true
        default: false
        }
    }

    /// Whether a call that is late is refused, and not served.
    mutating func takes(waitedNanoseconds: UInt64) -> Bool {
        if waitedNanoseconds < self.hopelessNanoseconds {
            self.lateCallsSinceRefusal &+= 1
            if self.lateCallsSinceRefusal < Self.lateCallsPerRefusal { return false }
        }
        self.lateCallsSinceRefusal = 0
        return true
    }

    /// Writes the refusal of a call. It may come again once the line that it waited in is gone, each at its own time within that
    /// again, so that they do not all come at once.
    mutating func refuse(_ header: FrameHeader, _ connection: Connection) {
        let wait = max(connection.waitedNanoseconds &* 2, Self.waitMinNanoseconds) / 1_000_000
        let spread = UInt64((header.callID &* 0x9e37_79b1) &>> 24)
        let retry = min(wait &+ (wait &* spread) &>> 8, 60_000)
        let room = connection.reserveOutput(self.frame.count)
        room.copyMemory(from: self.frame.baseAddress!, byteCount: self.frame.count)
        self.head.callID = header.callID
        self.head.timeoutOrRetryMilliseconds = UInt32(truncatingIfNeeded: retry)
        self.head.write(to: room)
        connection.commitOutput(self.frame.count)
        self.countSinceLine &+= 1
    }

    /// One line a second while calls are refused.
    mutating func report(_ log: Logger, nowNanoseconds: UInt64) {
        guard self.countSinceLine > 0,
            nowNanoseconds &- self.lineAt >= Self.logIntervalNanoseconds
        else { return }
        log.warning(
            "overloaded: calls that had waited too long were refused",
            metadata: ["calls": "\(self.countSinceLine)"])
        self.countSinceLine = 0
        self.lineAt = nowNanoseconds
    }
}

extension RequestPipeline {
    /// Refuses a call that its session has let in.
    func shed(_ header: FrameHeader, _ connection: Connection, _ context: ConnectionContext) {
        self.overload.pointee.refuse(header, connection)
        self.statistics.countCode(
            UInt8(truncatingIfNeeded: header.methodOrCode), RPCCode.unavailable)
        context.session.pointee.callEnded()
    }
}
