import CLinux
import Glibc
import HoldfastClient
import HoldfastTransport

/// Makes the holds, then sends Reserves and GetStock at fixed times while they lapse: one thread, one epoll.
struct ExpiryGenerator: ~Copyable {
    /// What a call is for: the `subject` of its note.
    private enum Purpose: UInt32 {
        case hold, sameSale, otherSale, read
    }

    private static let eventsMax = 512
    /// Buyers of the steady products, beyond those of the holds.
    private static let firstSteadyBuyer: UInt64 = 5_000_000_000

    private let plan: ExpiryPlan
    private let serverClock: ServerClockReading
    private let connections: ConnectionTable
    private let events: UnsafeMutablePointer<epoll_event>
    private let frames: ExpiryFrames
    private var random: RandomSource
    private var startedHoldCount = 0
    private var steadyCount: UInt64 = 0
    private var nextConnection = 0
    /// The first deadline by the tool's clock.
    private var lapseNanoseconds: UInt64 = 0
    private(set) var figures = ExpiryFigures()

    init(
        plan: ExpiryPlan, serverClock: ServerClockReading, frames: ExpiryFrames,
        connections: consuming ConnectionTable
    ) {
        self.plan = plan
        self.serverClock = serverClock
        self.frames = frames
        self.connections = connections
        self.events = .allocate(capacity: Self.eventsMax)
        self.random = RandomSource(seed: plan.seed)
    }

    deinit {
        self.events.deallocate()
    }

    /// Until all stock is back and a little longer.
    mutating func run() throws {
        let begin = Clock.nowNanoseconds()
        let deadline = self.serverClock.milliseconds(at: begin) + self.plan.leadMilliseconds
        try self.makeHolds(deadline: deadline)
        self.figures.fillNanoseconds = Clock.nowNanoseconds() - begin
        try self.watch()
    }

    // MARK: The holds

    private mutating func makeHolds(deadline: Int) throws {
        for index in 0..<self.connections.count { try self.startHolds(index, deadline) }
        while self.figures.holdCount < self.plan.holdCount {
            try self.turn(timeoutMilliseconds: 10) { generator, connection in
                try generator.startHolds(connection, deadline)
            }
        }
    }

    private mutating func startHolds(_ index: Int, _ deadline: Int) throws {
        let connection = self.connections[index]
        while self.startedHoldCount < self.plan.holdCount,
            connection.pointee.inFlightCount < self.plan.holdsInFlight,
            connection.pointee.canStartCall
        {
            let now = Clock.nowNanoseconds()
            let hold = deadline - self.serverClock.milliseconds(at: now)
            guard hold >= ExpiryPlan.holdMillisecondsMin else {
                throw LoadError(
                    "\(self.startedHoldCount) holds were made when their deadline came near; "
                        + "give more time with --lead")
            }
            let buyer = UInt64(self.startedHoldCount)
            self.startedHoldCount += 1
            self.startReserve(index, .hold, self.frames.lapsing, buyer, hold, now)
        }
        try self.flush(index)
    }

    private mutating func startReserve(
        _ index: Int, _ purpose: Purpose, _ frame: HoldFrame, _ buyer: UInt64,
        _ holdMilliseconds: Int, _ startNanoseconds: UInt64
    ) {
        // A request id must not be all zero: the low bit makes sure.
        let requestID = (self.random.next() | 1, self.random.next())
        self.connections[index].pointee.startCall { id, room in
            frame.write(
                id: id, requestID: requestID, buyer: buyer, holdMilliseconds: holdMilliseconds,
                to: room)
            let note = CallNote(
                startNanoseconds: startNanoseconds, method: MethodMix.Method.reserve.rawValue,
                subject: purpose.rawValue)
            return (frame.byteCount, note)
        }
    }

    // MARK: The lapse

    /// Calls start at fixed times, whatever the server does, and count from then on.
    private mutating func watch() throws {
        let lapse = self.serverClock.nanoseconds(at: self.figures.firstDeadlineMilliseconds)
        self.lapseNanoseconds = lapse
        // A short lead leaves less time before; what is past is not made up for.
        let origin = max(
            Clock.nowNanoseconds(), lapse - UInt64(ExpiryPlan.beforeSeconds * 1e9))
        let giveUp = lapse + UInt64(ExpiryPlan.lapseSecondsMax * 1e9)
        var reserves = CallSchedule(origin: origin, callsPerSecond: self.plan.reservesPerSecond)
        var reads = CallSchedule(origin: origin, callsPerSecond: self.plan.readsPerSecond)
        while true {
            let now = Clock.nowNanoseconds()
            let isOver = self.figures.allBackNanoseconds != 0
            let end =
                isOver
                ? self.figures.allBackNanoseconds + UInt64(ExpiryPlan.afterSeconds * 1e9) : giveUp
            if now < end {
                try self.startDue(&reserves, now) { generator, connection, start in
                    generator.startSteady(connection, start)
                }
                try self.startDue(&reads, now) { generator, connection, start in
                    generator.startRead(connection, start)
                }
            } else if !isOver {
                throw LoadError(
                    "not all stock was back \(Int(ExpiryPlan.lapseSecondsMax)) s after the deadline"
                )
            } else if self.connections.isIdle {
                return
            }
            // Never sleeps near the deadline: a call starts when it is due, to the microsecond.
            try self.turn(timeoutMilliseconds: now < origin ? 1 : 0) { _, _ in }
        }
    }

    private mutating func startDue(
        _ schedule: inout CallSchedule, _ now: UInt64,
        _ start: (inout ExpiryGenerator, Int, UInt64) -> Void
    ) throws {
        while let startNanoseconds = schedule.due(now), let index = self.takeFreeConnection() {
            schedule.started()
            start(&self, index, startNanoseconds)
            try self.flush(index)
        }
    }

    private mutating func takeFreeConnection() -> Int? {
        for _ in 0..<self.connections.count {
            let index = self.nextConnection
            self.nextConnection = index + 1 == self.connections.count ? 0 : index + 1
            let connection = self.connections[index]
            if connection.pointee.inFlightCount < ExpiryPlan.inFlightMax
                && connection.pointee.canStartCall
            {
                return index
            }
        }
        return nil
    }

    private mutating func startSteady(_ index: Int, _ startNanoseconds: UInt64) {
        let isSame = self.steadyCount % 2 == 0
        let buyer = Self.firstSteadyBuyer + self.steadyCount
        self.steadyCount += 1
        self.startReserve(
            index, isSame ? .sameSale : .otherSale,
            isSame ? self.frames.sameSale : self.frames.otherSale, buyer,
            ExpiryPlan.steadyHoldMilliseconds, startNanoseconds)
    }

    private func startRead(_ index: Int, _ startNanoseconds: UInt64) {
        let body = self.frames.readBody
        self.connections[index].pointee.startCall { id, room in
            RequestFrame.writeHeader(
                method: ExpiryFrames.readMethod, callID: id,
                timeoutMilliseconds: self.plan.timeoutMilliseconds, bodyByteCount: body.count,
                to: room)
            (room + RequestFrame.headerByteCount).update(from: body, count: body.count)
            let note = CallNote(
                startNanoseconds: startNanoseconds, method: ExpiryFrames.readMethod,
                subject: Purpose.read.rawValue)
            return (RequestFrame.headerByteCount + body.count, note)
        }
    }

    // MARK: Turns and answers

    /// One wait on epoll; `then` is called for each connection that had something.
    private mutating func turn(
        timeoutMilliseconds: Int32, _ then: (inout ExpiryGenerator, Int) throws -> Void
    ) throws {
        let count = epoll_wait(
            self.connections.epoll, self.events, Int32(Self.eventsMax), timeoutMilliseconds)
        guard count >= 0 || errno == EINTR else {
            throw LoadError("epoll_wait failed: \(String(cString: strerror(errno)))")
        }
        for place in 0..<Int(max(0, count)) {
            let event = self.events[place]
            let index = Int(event.data.u64)
            if event.events & ~holdfast_epoll_out != 0 { try self.receive(index) }
            try then(&self, index)
            try self.flush(index)
        }
    }

    private func flush(_ index: Int) throws {
        switch self.connections[index].pointee.flush() {
        case .done: self.connections.awaitOutput(index, false)
        case .blocked: self.connections.awaitOutput(index, true)
        case .lost(let why): throw LoadError("connection \(index + 1) was lost: \(why)")
        }
    }

    private mutating func receive(_ index: Int) throws {
        let connection = self.connections[index]
        repeat {
            switch connection.pointee.receive() {
            case .done: break
            case .blocked: return
            case .lost(let why): throw LoadError("connection \(index + 1) was lost: \(why)")
            }
            let now = Clock.nowNanoseconds()
            let bytes = connection.pointee.received
            var offset = 0
            while let frame = try AnswerFrame(at: offset, of: bytes) {
                offset += frame.byteCount
                if frame.kind == AnswerFrame.goaway {
                    throw LoadError("the server says GOAWAY: \(frame.goawayText)")
                }
                guard frame.kind == AnswerFrame.response else { continue }
                guard let note = connection.pointee.endCall(id: frame.callID),
                    let purpose = Purpose(rawValue: note.subject)
                else {
                    throw LoadError(
                        "the server answered call \(frame.callID), which is not in flight")
                }
                try self.take(frame, purpose, note.startNanoseconds, now)
            }
            connection.pointee.consume(offset)
        } while connection.pointee.session.hasPending
    }

    private mutating func take(
        _ frame: AnswerFrame, _ purpose: Purpose, _ start: UInt64, _ now: UInt64
    ) throws {
        switch purpose {
        case .hold:
            let deadline = try self.grant(frame).deadlineMilliseconds
            self.figures.holdCount += 1
            self.figures.firstDeadlineMilliseconds = min(
                self.figures.firstDeadlineMilliseconds, deadline)
            self.figures.lastDeadlineMilliseconds = max(
                self.figures.lastDeadlineMilliseconds, deadline)
        case .sameSale:
            _ = try self.grant(frame)
            self.record(.sameSale, start, now)
        case .otherSale:
            _ = try self.grant(frame)
            self.record(.otherSale, start, now)
        case .read:
            // First the time: the answer that sees all stock back belongs to the lapse.
            self.record(.read, start, now)
            try self.takeStock(frame, now)
        }
    }

    /// Every Reserve of a run must be granted, or it measured something else.
    private func grant(_ frame: AnswerFrame) throws(LoadError) -> AnswerFields {
        if frame.code == 0, let fields = AnswerFields(frame.body), fields.outcome == 1 {
            return fields
        }
        let why = Refusal(Array(frame.body)).map { "\($0.reason): \($0.message)" } ?? "no grant"
        throw LoadError("a Reserve was not granted (code \(frame.code)): \(why)")
    }

    private mutating func takeStock(_ frame: AnswerFrame, _ now: UInt64) throws {
        guard frame.code == 0 else {
            let refusal = Refusal(Array(frame.body))
            guard refusal?.reason == "EXPIRY_BACKLOG" else {
                throw LoadError("GetStock was refused: \(refusal?.message ?? "no reason")")
            }
            self.figures.backlogAnswerCount += 1
            return
        }
        guard let answer = GetStockResponse.decoded(Array(frame.body)),
            let product = answer.products.first
        else { throw LoadError("the server's answer to a GetStock cannot be read") }
        guard product.total == product.available + product.held + product.sold else {
            throw LoadError("the counts of \(product.productID) do not add up: \(product)")
        }
        guard product.held == 0, self.figures.allBackNanoseconds == 0 else { return }
        self.figures.allBackNanoseconds = now
        self.figures.allBackMilliseconds = answer.serverTimeMilliseconds
    }

    private mutating func record(_ purpose: Purpose, _ start: UInt64, _ now: UInt64) {
        let phase = self.phase(start)
        let nanoseconds = now - start
        switch purpose {
        case .hold: break
        case .sameSale: self.figures.sameSale.record(nanoseconds, phase)
        case .otherSale: self.figures.otherSale.record(nanoseconds, phase)
        case .read: self.figures.reads.record(nanoseconds, phase)
        }
    }

    /// Of a call that was to start then.
    private func phase(_ start: UInt64) -> PhaseLatencies.Phase {
        if start < self.lapseNanoseconds { return .before }
        let allBack = self.figures.allBackNanoseconds
        return allBack == 0 || start < allBack ? .meanwhile : .after
    }
}
