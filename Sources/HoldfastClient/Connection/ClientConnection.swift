import CLinux
import Glibc
import HoldfastTransport
import HoldfastWire

/// One open connection: frames in and out, calls in flight, signs of life. Belongs to the loop's thread.
///
/// A call id stays in `inFlight` until its answer comes or the connection ends, also when nobody waits for it any
/// more, since the server counts it until then.
final class ClientConnection {
    /// What the loop must hear of.
    enum Event {
        case hello(ServerHello)
        case answer(token: UInt64, AttemptResult)
        case goaway
    }

    /// How a connection ended.
    enum End {
        /// The server refused this connection before it began.
        case refused(ConnectFailure)
        case lost(String)
        /// Nothing was under way.
        case clean
    }

    struct InFlight {
        /// 0 once nobody waits.
        var token: UInt64
        let methodName: String
        /// The output position after the frame.
        let endPosition: UInt64
    }

    /// Calls in flight before HELLO has said how many may be.
    private static let callsInFlightBeforeHello = 64
    /// A frame's length before HELLO has said how long it may be.
    private static func frameBytesBeforeHello(_ method: Method) -> Int {
        method.isAdmin ? 1024 * 1024 : 64 * 1024
    }

    let number: UInt64
    let descriptor: Int32
    let configuration: ClientConfiguration
    private let silenceNanoseconds: UInt64
    private let helloDeadlineNanoseconds: UInt64
    private var session: TLSSession?
    var input = InputBuffer()
    private var output = OutputBuffer()
    var inFlight: [UInt32: InFlight] = [:]
    private var nextCallID: UInt32 = 1
    var hello: ServerHello?
    /// The server takes no new calls here.
    var isDraining = false
    var goawayText: String?
    private var writeIsBlocked = false
    private var quietSinceNanoseconds: UInt64
    private var pingSentNanoseconds: UInt64?
    var controlWindowStart: UInt64 = 0
    var controlFrameCount = 0

    init(
        number: UInt64, attempt: ConnectAttempt, configuration: ClientConfiguration, now: UInt64
    ) {
        self.number = number
        self.configuration = configuration
        self.session = attempt.takeSession()
        self.descriptor = attempt.takeDescriptor()
        self.silenceNanoseconds = max(1_000_000, configuration.silenceTimeout.nanosecondsClamped)
        self.helloDeadlineNanoseconds = max(attempt.deadlineNanoseconds, now + 1_000_000)
        self.quietSinceNanoseconds = now
    }

    deinit {
        self.session = nil
        close(self.descriptor)
    }

    // MARK: Calls

    var callsInFlight: Int { self.inFlight.count }

    /// Whether one more call may be sent here now.
    var hasRoom: Bool {
        let limit = self.hello.map(\.limits.callsInFlightMax) ?? Self.callsInFlightBeforeHello
        return !self.isDraining && self.inFlight.count < max(1, limit)
    }

    /// Queues the call's frame; its call id, or why it can never be sent here.
    func send(_ call: PendingCall, now: UInt64) -> Result<UInt32, HoldfastError> {
        precondition(self.hasRoom, "sending without room")
        let prefix = call.attempt == 0 ? [] : Self.metadata(attempt: call.attempt)
        let bodyByteCount = prefix.count + call.body.count
        let announced = self.hello.map(\.limits.frameBytesMax) ?? 0
        let limit = announced > 0 ? announced : Self.frameBytesBeforeHello(call.method)
        guard bodyByteCount + Int(FrameHeader.lengthMin) <= limit else {
            return .failure(
                HoldfastError(
                    code: .invalidArgument, reason: "FRAME_TOO_LARGE",
                    message: "\(call.method.name) has \(bodyByteCount) bytes; a frame on this "
                        + "port holds \(limit - Int(FrameHeader.lengthMin))",
                    outcome: .notSent))
        }
        let callID = self.nextCallID
        let remaining = call.deadlineNanoseconds - min(now, call.deadlineNanoseconds)
        let header = FrameHeader(
            kind: .request, flags: prefix.isEmpty ? 0 : FrameFlags.metadata,
            methodOrCode: call.method.rawValue, callID: callID,
            timeoutOrRetryMilliseconds: UInt32(clamping: max(1, remaining / 1_000_000)),
            bodyByteCount: bodyByteCount)
        self.output.appendFrame(header, prefix: prefix, body: call.body)
        if self.inFlight.isEmpty { self.quietSinceNanoseconds = now }
        self.inFlight[callID] = InFlight(
            token: call.token, methodName: call.method.name,
            endPosition: self.output.endPosition)
        if callID == .max {
            self.isDraining = true
        } else {
            self.nextCallID = callID + 1
        }
        return .success(callID)
    }

    /// Nobody waits for this call any more. With `tellsServer` the server is asked to take it back, as far as its
    /// bound on control frames allows: the request is only advice.
    func abandon(_ callID: UInt32, tellsServer: Bool, now: UInt64) {
        guard self.inFlight[callID] != nil else { return }
        self.inFlight[callID]!.token = 0
        if tellsServer && self.takeControlFrame(now: now) {
            self.output.appendFrame(
                FrameHeader(kind: .cancelCall, callID: callID, bodyByteCount: 0), prefix: [],
                body: [])
        }
    }

    /// Whether the call's frame has left for the server as a whole.
    func wasSent(_ callID: UInt32) -> Bool {
        guard let entry = self.inFlight[callID] else { return true }
        return entry.endPosition <= self.output.flushedByteCount
    }

    /// The tokens of calls that still wait for an answer, with whether they have left as a whole.
    func waitingTokens() -> [(token: UInt64, wasSent: Bool)] {
        self.inFlight.values.filter { $0.token != 0 }
            .map { ($0.token, $0.endPosition <= self.output.flushedByteCount) }
    }

    // MARK: Input and output

    var pollEvents: Int16 { Int16(self.writeIsBlocked ? POLLIN | POLLOUT : POLLIN) }

    /// When `checkTime` must be called even if nothing happens.
    var nextWakeNanoseconds: UInt64 {
        var wake = self.hello == nil ? self.helloDeadlineNanoseconds : UInt64.max
        if !self.inFlight.isEmpty {
            let since = self.pingSentNanoseconds ?? self.quietSinceNanoseconds
            wake = min(wake, since + self.silenceNanoseconds)
        }
        return wake
    }

    /// Reads what is there. Non-nil when the connection is over; events before that still count.
    func receive(now: UInt64, _ handle: (Event) -> Void) -> End? {
        var end: End?
        withUnsafeTemporaryAllocation(byteCount: 32 * 1024, alignment: 16) { room in
            // A bound, so that a server that never pauses cannot keep the loop from its timers.
            for _ in 0..<64 {
                switch self.session!.read(into: room) {
                case .bytes(let count):
                    self.quietSinceNanoseconds = now
                    self.pingSentNanoseconds = nil
                    self.input.append(UnsafeRawBufferPointer(rebasing: room[..<count]))
                    if let reason = self.readFrames(handle) {
                        end = .lost(reason)
                        return
                    }
                case .wantRead:
                    return
                case .wantWrite:
                    self.writeIsBlocked = true
                    return
                case .closed:
                    end = self.ended("the server closed the connection")
                    return
                case .failed(let failure):
                    end = self.ended(failure)
                    return
                }
            }
        }
        return end
    }

    /// Writes as much as the socket takes. Non-nil when the connection is over.
    func flush() -> End? {
        self.writeIsBlocked = false
        var end: End?
        while !self.output.isEmpty && !self.writeIsBlocked && end == nil {
            self.output.flush { bytes in
                switch self.session!.write(bytes) {
                case .bytes(let count):
                    return count
                case .wantRead, .wantWrite:
                    self.writeIsBlocked = true
                case .closed:
                    end = self.ended("the server closed the connection")
                case .failed(let failure):
                    end = self.ended(failure)
                }
                return 0
            }
        }
        return end
    }

    /// Looks at the clock: HELLO in time, signs of life. Non-nil when the connection is given up.
    func checkTime(now: UInt64) -> End? {
        if self.hello == nil && now >= self.helloDeadlineNanoseconds {
            return .refused(
                ConnectFailure(
                    .connect(
                        .hello, "\(self.configuration.endpoint) sent no HELLO after the handshake",
                        hint: "the server is overloaded, or no Holdfast server"), isFinal: false))
        }
        guard !self.inFlight.isEmpty else { return nil }
        if let sent = self.pingSentNanoseconds {
            let silence = 2 * self.silenceNanoseconds / 1_000_000
            return now >= sent + self.silenceNanoseconds
                ? .lost("the server was silent for \(silence) ms") : nil
        }
        if now >= self.quietSinceNanoseconds + self.silenceNanoseconds {
            guard self.takeControlFrame(now: now, isPing: true) else {
                self.quietSinceNanoseconds = now
                return nil
            }
            self.pingSentNanoseconds = now
            self.output.appendFrame(
                FrameHeader(kind: .ping, bodyByteCount: 0), prefix: [], body: [])
        }
        return nil
    }

    /// Says that no more calls follow.
    func sayGoodbye() {
        self.isDraining = true
        if self.output.isEmpty { self.session!.sendCloseNotify() }
    }
}
