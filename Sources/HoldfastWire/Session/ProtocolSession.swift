/// One connection's protocol state, server side: call ids strictly increasing and never 0, control frames a second,
/// calls in flight, the frames that a client may send. A value fed with bytes; does no I/O and keeps no bytes.
///
/// Owner: the reactor of its connection. After `.close` it must not be asked again.
package struct ProtocolSession {
    private static let nanosecondsPerSecond: UInt64 = 1_000_000_000
    /// Longest payload of a PING.
    package static let pingPayloadBytesMax = 64

    package let limits: SessionLimits
    /// Calls that were handed out as `.request` and have not ended.
    package private(set) var callsInFlight = 0
    private var lastCallID: UInt32 = 0
    /// REQUESTs seen less CANCEL_CALLs seen: a CANCEL_CALL beyond that is a control frame like any other,
    /// so a client may take back all its calls at once, and cannot flood with it.
    private var cancelsLeft = 0
    private var windowStartNanoseconds: UInt64 = 0
    private var controlFramesInWindow = 0

    package init(limits: SessionLimits) {
        self.limits = limits
    }

    /// Looks at the front of `bytes`; the caller consumes the event's `byteCount` and asks again.
    /// A frame is judged as soon as its header is there, so that a forbidden one is not waited for.
    package mutating func next(
        _ bytes: UnsafeRawBufferPointer, nowNanoseconds: UInt64
    ) -> SessionEvent {
        guard let front = bytes.baseAddress, bytes.count >= FrameHeader.lengthFieldByteCount else {
            return .needMore
        }
        let length = UInt32(bigEndian: front.loadUnaligned(as: UInt32.self))
        guard length >= FrameHeader.lengthMin else { return .close(.frameTooShort(length)) }
        guard Int(length) <= self.limits.frameBytesMax else {
            return .close(.frameTooLarge(length, max: self.limits.frameBytesMax))
        }
        guard bytes.count >= FrameHeader.byteCount else { return .needMore }
        let header = FrameHeader(reading: front)
        if header.kind == FrameKind.request.rawValue {
            guard header.callID > self.lastCallID else {
                return .close(.callID(header.callID, last: self.lastCallID))
            }
            guard bytes.count >= header.frameByteCount else { return .needMore }
            return self.request(header, front: front)
        }
        if let violation = Self.violation(ofKind: header.kind) { return .close(violation) }
        guard bytes.count >= header.frameByteCount else { return .needMore }
        let body = UnsafeRawBufferPointer(
            start: front + FrameHeader.byteCount, count: header.bodyByteCount)
        return self.control(header, body: body, nowNanoseconds: nowNanoseconds)
    }

    /// A call that `next` handed out has been answered, or dropped for good.
    package mutating func callEnded() { self.callsEnded(1) }

    /// The same for several calls.
    package mutating func callsEnded(_ count: Int) {
        precondition(
            count >= 0 && self.callsInFlight >= count, "callsEnded without calls in flight")
        self.callsInFlight &-= count
    }

    private mutating func request(
        _ header: FrameHeader, front: UnsafeRawPointer
    ) -> SessionEvent {
        self.lastCallID = header.callID
        self.cancelsLeft = min(self.cancelsLeft &+ 1, self.limits.callsInFlightMax)
        let unknownFlags = header.flags & FrameFlags.bodyChanging & ~FrameFlags.metadata
        guard unknownFlags == 0 else {
            return .refuse(
                header, .flagsUnknown(unknownFlags), byteCount: header.frameByteCount)
        }
        guard self.callsInFlight < self.limits.callsInFlightMax else {
            let status = Status.tooManyCalls(max: self.limits.callsInFlightMax)
            return .refuse(header, status, byteCount: header.frameByteCount)
        }
        self.callsInFlight &+= 1
        let body = UnsafeRawBufferPointer(
            start: front + FrameHeader.byteCount, count: header.bodyByteCount)
        return .request(header, body: body, byteCount: header.frameByteCount)
    }

    private mutating func control(
        _ header: FrameHeader, body: UnsafeRawBufferPointer, nowNanoseconds: UInt64
    ) -> SessionEvent {
        let isCancel = header.kind == FrameKind.cancelCall.rawValue
        if isCancel && self.cancelsLeft > 0 {
            self.cancelsLeft &-= 1
        } else if !self.countControlFrame(nowNanoseconds) {
            return .close(.controlFlood(max: self.limits.controlFramesPerSecondMax))
        }
        if isCancel { return .cancelCall(header.callID, byteCount: header.frameByteCount) }
        guard header.kind == FrameKind.ping.rawValue else {
            return .ignore(byteCount: header.frameByteCount)
        }
        guard let payload = PingBody.payload(of: body) else { return .close(.pingMalformed) }
        return .ping(payload: payload, byteCount: header.frameByteCount)
    }

    /// Counts in windows of one second that begin with a frame. False: too many.
    private mutating func countControlFrame(_ nowNanoseconds: UInt64) -> Bool {
        if nowNanoseconds &- self.windowStartNanoseconds >= Self.nanosecondsPerSecond {
            self.windowStartNanoseconds = nowNanoseconds
            self.controlFramesInWindow = 0
        }
        self.controlFramesInWindow &+= 1
        return self.controlFramesInWindow <= self.limits.controlFramesPerSecondMax
    }

    private static func violation(ofKind kind: UInt8) -> Violation? {
        switch FrameKind(rawValue: kind) {
        case .hello, .request, .cancelCall, .ping, .pong, .credit: return nil
        case .response, .item, .goaway: return .kindForbidden(kind)
        case nil: return (10...127).contains(kind) ? nil : .kindUnknown(kind)
        }
    }
}
