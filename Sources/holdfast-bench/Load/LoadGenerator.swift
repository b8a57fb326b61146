import CLinux
import Glibc
import HoldfastTransport

/// Drives a run: one thread, one epoll, every connection at a fixed place in a table.
///
/// A run has three parts: warm-up, the measured window, and a drain in which nothing new starts. Latency counts
/// from the moment at which a call was to start. In an open loop that moment comes from the clock alone, so a
/// server that stalls is charged for every call that should have started meanwhile (no coordinated omission).
struct LoadGenerator: ~Copyable {
    private static let eventsMax = 512
    private static let outOfCallIDs =
        "a connection has used up its call ids or has a call unanswered for thousands of others"

    private let plan: LoadPlan
    private let connections: ConnectionTable
    private let events: UnsafeMutablePointer<epoll_event>
    private var traffic: LoadTraffic
    private var tally = AnswerTally()
    private var window = LoadWindow(startNanoseconds: .max, endNanoseconds: .max)
    private var progress: ProgressLine

    /// Open loop: calls started so far, and the connection that comes next.
    private var startedCount: UInt64 = 0
    private var nextConnection = 0
    /// Calls of the open loop start at `origin + index * nanosecondsPerCall`; nil in a closed loop.
    private let nanosecondsPerCall: Double?
    private var originNanoseconds: UInt64 = 0

    /// Takes over connections that are open.
    init(
        plan: LoadPlan, traffic: consuming LoadTraffic, connections: consuming ConnectionTable
    ) {
        self.plan = plan
        self.traffic = traffic
        self.connections = connections
        switch plan.pace {
        case .closedLoop: self.nanosecondsPerCall = nil
        case .openLoop(let callsPerSecond): self.nanosecondsPerCall = 1e9 / callsPerSecond
        }
        self.progress = ProgressLine(isShown: plan.showsProgress)
        self.events = .allocate(capacity: Self.eventsMax)
    }

    deinit {
        self.events.deallocate()
    }

    /// Warm-up, window, drain; then the report.
    mutating func run() throws -> LoadReport {
        let begin = Clock.nowNanoseconds()
        let windowStart = begin + UInt64(self.plan.warmUpSeconds * 1e9)
        let windowEnd = windowStart + UInt64(self.plan.durationSeconds * 1e9)
        self.originNanoseconds = begin
        self.progress.begin(at: begin)
        if self.nanosecondsPerCall == nil { try self.startFirstCalls(begin) }

        try self.turns(until: windowStart, startsCalls: true)
        self.tally.clear()
        let server = self.plan.serverProcessID.map(ServerProcess.init)
        self.window.processorMicrosecondsAtStart = try server?.processorMicroseconds()
        if self.plan.signalsWindow { try server?.signal(SIGUSR1) }
        self.window.startNanoseconds = windowStart
        self.window.endNanoseconds = windowEnd

        try self.turns(until: windowEnd, startsCalls: true)
        self.window.processorMicrosecondsAtEnd = try server?.processorMicroseconds()
        if self.plan.signalsWindow { try server?.signal(SIGUSR1) }

        // An open loop still sends what should have started in the window, if it got behind.
        let drainEnd = windowEnd + UInt64(LoadPlan.drainSeconds * 1e9)
        try self.turns(until: drainEnd, startsCalls: self.nanosecondsPerCall != nil)
        self.countUnanswered()
        _ = self.tally.takeRecent()
        return LoadReport(plan: self.plan, window: self.window, tally: self.tally)
    }

    /// One loop over epoll until the time has come, or, once nothing more starts, until all is answered.
    private mutating func turns(until end: UInt64, startsCalls: Bool) throws {
        let isOpenLoop = self.nanosecondsPerCall != nil
        while true {
            // An open loop never sleeps: a call starts when it is due, to the microsecond.
            let count = epoll_wait(
                self.connections.epoll, self.events, Int32(Self.eventsMax), isOpenLoop ? 0 : 10)
            guard count >= 0 || errno == EINTR else {
                throw LoadError("epoll_wait failed: \(String(cString: strerror(errno)))")
            }
            let now = Clock.nowNanoseconds()
            if now >= end { return }
            if isOpenLoop && startsCalls { try self.startDueCalls(now) }
            var index = 0
            while index < count {
                let event = self.events[index]
                let connection = Int(event.data.u64)
                if event.events & ~holdfast_epoll_out != 0 { try self.receive(connection) }
                if !isOpenLoop && startsCalls { try self.startCalls(connection, now: now) }
                try self.flush(connection)
                index += 1
            }
            if self.progress.isDue(now) {
                self.progress.show(now, tally: &self.tally, backlog: self.backlog(at: now))
            }
            if now >= self.window.endNanoseconds && self.isDone(now) { return }
        }
    }

    // MARK: Starting calls

    private mutating func startFirstCalls(_ now: UInt64) throws {
        for index in 0..<self.connections.count {
            try self.startCalls(index, now: now)
            try self.flush(index)
        }
    }

    /// Closed loop: fills the connection up to its calls in flight.
    private mutating func startCalls(_ index: Int, now: UInt64) throws {
        let connection = self.connections[index]
        while connection.pointee.inFlightCount < self.plan.connections.inFlightMax {
            guard connection.pointee.canStartCall else { throw LoadError(Self.outOfCallIDs) }
            connection.pointee.startCall(&self.traffic, startNanoseconds: now)
        }
    }

    /// Open loop: starts every call that is due, in turn over the connections that may take one more.
    private mutating func startDueCalls(_ now: UInt64) throws {
        let due = self.dueCount(at: now)
        guard self.startedCount < due else { return }
        let first = self.nextConnection
        var touched = 0
        while self.startedCount < due, let index = self.takeFreeConnection() {
            self.connections[index].pointee.startCall(
                &self.traffic, startNanoseconds: self.startTime(ofCall: self.startedCount))
            self.startedCount += 1
            touched += 1
        }
        guard touched > 0 else { return }
        var index = first
        for _ in 0..<self.connections.count {
            if self.connections[index].pointee.hasUnsentOutput { try self.flush(index) }
            index = index + 1 == self.connections.count ? 0 : index + 1
        }
    }

    private mutating func takeFreeConnection() -> Int? {
        for _ in 0..<self.connections.count {
            let index = self.nextConnection
            self.nextConnection = index + 1 == self.connections.count ? 0 : index + 1
            let connection = self.connections[index]
            if connection.pointee.inFlightCount < self.plan.connections.inFlightMax
                && connection.pointee.canStartCall
            {
                return index
            }
        }
        return nil
    }

    /// Calls of the open loop that should have started by now; none after the window.
    private func dueCount(at now: UInt64) -> UInt64 {
        guard let nanosecondsPerCall = self.nanosecondsPerCall else { return 0 }
        let elapsed = Double(min(now, self.window.endNanoseconds) - self.originNanoseconds)
        return UInt64(elapsed / nanosecondsPerCall)
    }

    private func startTime(ofCall index: UInt64) -> UInt64 {
        self.originNanoseconds + UInt64(Double(index) * (self.nanosecondsPerCall ?? 0))
    }

    /// Calls that are due and could not be started.
    private func backlog(at now: UInt64) -> UInt64 {
        let due = self.dueCount(at: now)
        return due > self.startedCount ? due - self.startedCount : 0
    }

    // MARK: Answers

    private mutating func receive(_ index: Int) throws {
        let connection = self.connections[index]
        repeat {
            switch connection.pointee.receive() {
            case .done: try self.takeAnswers(connection)
            case .blocked: return
            case .lost(let why): throw LoadError("connection \(index + 1) was lost: \(why)")
            }
        } while connection.pointee.session.hasPending
    }

    private mutating func takeAnswers(_ connection: UnsafeMutablePointer<LoadConnection>) throws {
        let now = Clock.nowNanoseconds()
        let bytes = connection.pointee.received
        var offset = 0
        while let frame = try AnswerFrame(at: offset, of: bytes) {
            offset += frame.byteCount
            switch frame.kind {
            case AnswerFrame.response:
                try self.takeAnswer(frame, of: connection, now: now)
            case AnswerFrame.goaway:
                throw LoadError("the server says GOAWAY: \(frame.goawayText)")
            case 128...:
                throw LoadError(
                    "the server sent a frame of kind \(frame.kind), which ends a connection")
            default:
                break
            }
        }
        connection.pointee.consume(offset)
    }

    private mutating func takeAnswer(
        _ frame: AnswerFrame, of connection: UnsafeMutablePointer<LoadConnection>, now: UInt64
    ) throws {
        guard let note = connection.pointee.endCall(id: frame.callID) else {
            throw LoadError("the server answered call \(frame.callID), which is not in flight")
        }
        if self.window.contains(now) { self.window.answersInside &+= 1 }
        if frame.code == 0 { self.traffic.takeAnswer(frame.body, to: note) }
        let start = note.startNanoseconds
        // Warm-up calls are tallied too, for the progress line, until the window clears them; those that are
        // answered inside the window are not.
        guard self.window.startNanoseconds == .max || self.window.contains(start) else { return }
        self.tally.record(latencyNanoseconds: now &- start)
        if frame.code == 0 {
            self.tally.countOutcome(frame.body, method: note.method)
        } else {
            self.tally.countRefusal(code: frame.code, body: frame.body)
        }
    }

    // MARK: Output and end

    private func flush(_ index: Int) throws {
        switch self.connections[index].pointee.flush() {
        case .done: self.connections.awaitOutput(index, false)
        case .blocked: self.connections.awaitOutput(index, true)
        case .lost(let why): throw LoadError("connection \(index + 1) was lost: \(why)")
        }
    }

    /// Whether every call was answered and none is left to start.
    private func isDone(_ now: UInt64) -> Bool {
        self.backlog(at: now) == 0 && self.connections.isIdle
    }

    /// Calls without an answer count with the time that they have waited so far: a lower bound, but no omission.
    private mutating func countUnanswered() {
        let now = Clock.nowNanoseconds()
        var starts: [UInt64] = []
        for index in 0..<self.connections.count {
            self.connections[index].pointee.forEachCallInFlight { starts.append($0) }
        }
        let due = self.dueCount(at: now)
        while self.startedCount < due {
            starts.append(self.startTime(ofCall: self.startedCount))
            self.startedCount += 1
            self.window.unsentCount += 1
        }
        for start in starts where self.window.contains(start) {
            self.window.unansweredCount += 1
            self.tally.record(latencyNanoseconds: now - start)
        }
    }
}
