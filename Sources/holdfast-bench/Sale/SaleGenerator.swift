import CLinux
import Glibc
import HoldfastClient
import HoldfastTransport

/// Plays the script: one thread, one epoll, all connections open before the sale is.
struct SaleGenerator: ~Copyable {
    private static let eventsMax = 512

    private let plan: SalePlan
    private let connections: ConnectionTable
    private let events: UnsafeMutablePointer<epoll_event>
    private let target: TargetFrame
    private var calls: [SaleCall]
    /// By connection: the script's calls that are left, and those that followed from answers, which go first.
    private let queues: [[Int]]
    private var positions: [Int]
    private var followers: [[Int]]
    private var openNanoseconds: UInt64 = 0
    private var answerCount = 0
    private(set) var ledger: SaleLedger
    var times = SaleTimes()

    init(plan: SalePlan, script: SaleScript, connections: consuming ConnectionTable) {
        self.plan = plan
        self.connections = connections
        self.events = .allocate(capacity: Self.eventsMax)
        self.target = TargetFrame(saleID: plan.saleID)
        self.calls = script.calls
        self.queues = script.queues
        self.positions = Array(repeating: 0, count: script.queues.count)
        self.followers = Array(repeating: [], count: script.queues.count)
        self.ledger = SaleLedger(buyers: script.buyers, seed: plan.seed)
    }

    deinit {
        self.events.deallocate()
    }

    /// The calls that were made, follow-ups included.
    var callCount: Int { self.calls.count }

    /// Until every call is answered, or the time for a run is over.
    mutating func run() throws {
        self.openNanoseconds = Clock.nowNanoseconds()
        for index in 0..<self.connections.count {
            try self.startCalls(index)
        }
        let end = self.openNanoseconds + UInt64(SalePlan.runSecondsMax * 1e9)
        while self.answerCount < self.calls.count, Clock.nowNanoseconds() < end {
            let count = epoll_wait(
                self.connections.epoll, self.events, Int32(Self.eventsMax),
                self.plan.arrivalSeconds > 0 ? 1 : 10)
            guard count >= 0 || errno == EINTR else {
                throw LoadError("epoll_wait failed: \(String(cString: strerror(errno)))")
            }
            for index in 0..<Int(max(0, count)) {
                let event = self.events[index]
                let connection = Int(event.data.u64)
                if event.events & ~holdfast_epoll_out != 0 { try self.receive(connection) }
                try self.startCalls(connection)
            }
            if self.plan.arrivalSeconds > 0 {
                for index in 0..<self.connections.count { try self.startCalls(index) }
            }
        }
    }

    // MARK: Sending

    /// Starts what is due on a connection, as far as it may have calls in flight, and sends it.
    private mutating func startCalls(_ index: Int) throws {
        let connection = self.connections[index]
        let now = Clock.nowNanoseconds()
        while connection.pointee.inFlightCount < SalePlan.inFlightMax,
            connection.pointee.canStartCall, let number = self.nextCall(index, now)
        {
            let call = self.calls[number]
            // A scripted call counts from when its buyer came, the others from now.
            let start =
                call.body.isEmpty ? now : self.openNanoseconds + call.startsAfterNanoseconds
            connection.pointee.startCall { id, frame in
                (
                    self.write(call, id: id, to: frame),
                    CallNote(
                        startNanoseconds: start, method: call.step.method.rawValue,
                        subject: UInt32(number))
                )
            }
        }
        switch connection.pointee.flush() {
        case .done: self.connections.awaitOutput(index, false)
        case .blocked: self.connections.awaitOutput(index, true)
        case .lost(let why): throw LoadError("connection \(index + 1) was lost: \(why)")
        }
    }

    private mutating func nextCall(_ index: Int, _ now: UInt64) -> Int? {
        if let number = self.followers[index].popLast() { return number }
        let position = self.positions[index]
        guard position < self.queues[index].count else { return nil }
        let number = self.queues[index][position]
        guard self.openNanoseconds + self.calls[number].startsAfterNanoseconds <= now else {
            return nil
        }
        self.positions[index] = position + 1
        return number
    }

    private func write(_ call: SaleCall, id: UInt32, to frame: UnsafeMutablePointer<UInt8>) -> Int {
        guard !call.body.isEmpty else {
            return self.target.write(
                call.step.method, reservationID: call.reservationID, callID: id,
                timeoutMilliseconds: self.plan.timeoutMilliseconds, to: frame)
        }
        RequestFrame.writeHeader(
            method: call.step.method.rawValue, callID: id,
            timeoutMilliseconds: self.plan.timeoutMilliseconds, bodyByteCount: call.body.count,
            to: frame)
        (frame + RequestFrame.headerByteCount).update(from: call.body, count: call.body.count)
        return RequestFrame.headerByteCount + call.body.count
    }

    // MARK: Answers

    private mutating func receive(_ index: Int) throws {
        let connection = self.connections[index]
        repeat {
            switch connection.pointee.receive() {
            case .done: try self.takeAnswers(index)
            case .blocked: return
            case .lost(let why): throw LoadError("connection \(index + 1) was lost: \(why)")
            }
        } while connection.pointee.session.hasPending
    }

    private mutating func takeAnswers(_ index: Int) throws {
        let connection = self.connections[index]
        let now = Clock.nowNanoseconds()
        let bytes = connection.pointee.received
        var offset = 0
        while let frame = try AnswerFrame(at: offset, of: bytes) {
            offset += frame.byteCount
            if frame.kind == AnswerFrame.goaway {
                throw LoadError("the server says GOAWAY: \(frame.goawayText)")
            }
            guard frame.kind == AnswerFrame.response else { continue }
            guard let note = connection.pointee.endCall(id: frame.callID) else {
                throw LoadError(
                    "the server answered call \(frame.callID), which is not in flight")
            }
            try self.take(frame, note, index, now)
        }
        connection.pointee.consume(offset)
    }

    private mutating func take(
        _ frame: AnswerFrame, _ note: CallNote, _ index: Int, _ now: UInt64
    ) throws {
        let call = self.calls[Int(note.subject)]
        let answer = try Self.answer(frame, call.step.method)
        let grantCount = self.ledger.grants.count
        for follower in self.ledger.take(answer, to: call) {
            self.followers[index].append(self.calls.count)
            self.calls.append(follower)
        }
        self.answerCount += 1
        let sinceOpen = now - self.openNanoseconds
        if self.ledger.grants.count > grantCount { self.times.lastGrant = sinceOpen }
        switch call.step {
        case .reserve: self.times.reserve.record(now - note.startNanoseconds)
        case .pay:
            self.times.confirm.record(now - note.startNanoseconds)
            self.times.lastConfirm = sinceOpen
        default: break
        }
        self.times.lastAnswer = sinceOpen
    }

    private static func answer(
        _ frame: AnswerFrame, _ method: MethodMix.Method
    ) throws(LoadError) -> SaleAnswer {
        guard frame.code == 0 else {
            return SaleAnswer(code: frame.code, reason: Refusal(Array(frame.body))?.reason ?? "")
        }
        guard let fields = AnswerFields(frame.body) else {
            throw LoadError("the server's answer to a \(method.title) cannot be read")
        }
        var answer = SaleAnswer(
            outcome: Int(truncatingIfNeeded: fields.outcome), reservationID: fields.reservationID)
        switch method {
        case .reserve, .confirm: answer.isReplayed = fields.isReplayed
        case .get:
            answer.owner =
                GetReservationResponse.decoded(Array(frame.body))?.reservation?.userID ?? ""
        case .cancel: break
        }
        return answer
    }
}
