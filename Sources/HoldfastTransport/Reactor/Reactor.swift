internal import CLinux
internal import COpenSSL
internal import Glibc
internal import Synchronization

/// One thread with its own epoll, listeners and connections.
///
/// A turn: wait; read each ready connection once; `turnEnded`; write each connection that has output
/// once; take apart what is closed. Level-triggered, so whatever a turn leaves comes again.
///
/// Unchecked Sendable: everything but `wake`, `post` and the two requests belongs to the reactor's
/// thread; before the thread starts, to the thread that makes the group.
package final class Reactor: @unchecked Sendable {
    /// User data of epoll that names no connection: the low half.
    static let wakeToken: UInt64 = 0xFFFF_FFFF
    static let listenerToken: UInt64 = 0xFFFF_0000
    static let eventsMax = 4_096
    /// Handshakes are dear (a signature each): so many steps a turn, the rest comes again.
    static let handshakeStepsPerTurnMax = 16
    static let acceptsPerTurnMax = 16
    static let scanIntervalNanoseconds: UInt64 = 100_000_000
    /// One wait lasts this long at most.
    private static let waitNanosecondsMax: UInt64 = 60_000_000_000

    package let index: Int
    let shared: GroupState
    let limits: TransportLimits
    let pool = BufferPool()
    /// Bytes of buffers above which the slowest readers are shed: 80 % of this reactor's share.
    let shedLimitByteCount: Int
    let epoll: Int32
    let wakeDescriptor: Int32
    var spareDescriptor: Int32
    var listeners: [ReactorListener]
    var delegate: (any ReactorDelegate)?

    // Fixed tables, by slot. Allocated once; the kernel gives the pages as they are used.
    let slotCount: Int
    let connections: UnsafeMutablePointer<Connection?>
    let deadlines: UnsafeMutablePointer<UInt64>
    let recordCounts: UnsafeMutablePointer<HoldfastRecordCounts>
    private let freeSlots: UnsafeMutablePointer<Int32>
    private var freeSlotCount = 0
    var slotEnd = 0

    // Lists of slots of one turn.
    let readList: UnsafeMutablePointer<Int32>
    var readCount = 0
    let dirtyList: UnsafeMutablePointer<Int32>
    var dirtyCount = 0
    let deadList: UnsafeMutablePointer<Int32>
    var deadCount = 0
    /// A ring, the longest waiting first.
    let carryList: UnsafeMutablePointer<Int32>
    private let carryCapacity: Int
    private var carryHead = 0
    private(set) var carryCount = 0
    /// Bytes read in this turn.
    var turnByteCount = 0
    private var turnSize = TurnSize()

    private let events: UnsafeMutablePointer<epoll_event>
    /// The time of this turn, in nanoseconds of CLOCK_BOOTTIME.
    var now: UInt64
    var turn: UInt64 = 0
    var nextDeadline = UInt64.max
    var scannedAt: UInt64 = 0
    var handshakeStepCount = 0
    /// A lower bound for the next time a paused listener is tried again; max while none is paused.
    var acceptResumeAt = UInt64.max
    var handshakeCount = 0
    var liveCount = 0
    var isDraining = false
    var closeDeadline: UInt64 = 0
    var statistics = TransportStatistics()
    var logThinning: [TransportLogEvent.Kind: LogWindow] = [:]

    // Touched by other threads.
    private static let running = 0
    private static let parked = 1
    private static let notified = 2
    private let parking = Atomic<Int>(Reactor.running)
    private let hasRequests = Atomic<Bool>(false)
    private let drainRequested = Atomic<Bool>(false)
    private let closeRequestedAt = Atomic<UInt64>(0)
    private let posted = Mutex<[@Sendable (Reactor) -> Void]>([])
    let published = PublishedStatistics()

    init(
        index: Int, shared: GroupState, listeners: [ReactorListener]
    ) throws(TransportError) {
        self.index = index
        self.shared = shared
        self.limits = shared.limits
        self.shedLimitByteCount = shared.limits.outputBytesTotalMax / shared.reactorCount / 5 * 4
        self.listeners = listeners
        self.epoll = holdfast_epoll_create()
        self.wakeDescriptor = holdfast_event_fd()
        self.spareDescriptor = SpareDescriptor.open()
        self.slotCount = shared.limits.connectionsMax
        self.connections = .allocate(capacity: self.slotCount)
        self.connections.initialize(repeating: nil, count: self.slotCount)
        self.deadlines = .allocate(capacity: self.slotCount)
        self.recordCounts = .allocate(capacity: self.slotCount)
        self.freeSlots = .allocate(capacity: self.slotCount)
        self.readList = .allocate(capacity: self.slotCount)
        self.dirtyList = .allocate(capacity: self.slotCount)
        self.deadList = .allocate(capacity: self.slotCount)
        // A slot can be given anew while its old entry waits for the next turn.
        self.carryCapacity = 2 * self.slotCount
        self.carryList = .allocate(capacity: self.carryCapacity)
        self.events = .allocate(capacity: Self.eventsMax)
        self.now = BootClock.nowNanoseconds()
        guard self.epoll >= 0, self.wakeDescriptor >= 0,
            holdfast_epoll_control(
                self.epoll, EPOLL_CTL_ADD, self.wakeDescriptor, holdfast_epoll_in, Self.wakeToken)
                == 0
        else {
            throw TransportError(
                .resourceExhausted, "no epoll instance: \(String(cString: strerror(errno)))",
                hint: "raise the limit on open files (ulimit -n)")
        }
        for number in self.listeners.indices { try self.watch(listener: number) }
    }

    deinit {
        for listener in self.listeners where listener.fd >= 0 { close(listener.fd) }
        if self.spareDescriptor >= 0 { close(self.spareDescriptor) }
        if self.wakeDescriptor >= 0 { close(self.wakeDescriptor) }
        if self.epoll >= 0 { close(self.epoll) }
        self.connections.deinitialize(count: self.slotCount)
        self.connections.deallocate()
        self.deadlines.deallocate()
        self.recordCounts.deallocate()
        self.freeSlots.deallocate()
        self.readList.deallocate()
        self.dirtyList.deallocate()
        self.deadList.deallocate()
        self.carryList.deallocate()
        self.events.deallocate()
    }

    // MARK: From any thread

    /// Runs a turn soon. Many calls before that turn are one; while the reactor is busy this is one
    /// atomic exchange and no system call.
    package func wake() {
        let before = self.parking.exchange(Self.notified, ordering: .sequentiallyConsistent)
        guard before == Self.parked else { return }
        var one: UInt64 = 1
        while write(self.wakeDescriptor, &one, 8) < 0 && errno == EINTR {}
    }

    /// Runs `work` on the reactor's thread at the start of a turn. For rare things. After the
    /// reactor has ended the work is dropped.
    package func post(_ work: @escaping @Sendable (Reactor) -> Void) {
        self.posted.withLock { $0.append(work) }
        self.hasRequests.store(true, ordering: .sequentiallyConsistent)
        self.wake()
    }

    func requestDrain() {
        self.drainRequested.store(true, ordering: .sequentiallyConsistent)
        self.hasRequests.store(true, ordering: .sequentiallyConsistent)
        self.wake()
    }

    /// The deadline is in nanoseconds of CLOCK_BOOTTIME.
    func requestClose(deadline: UInt64) {
        self.closeRequestedAt.store(deadline, ordering: .sequentiallyConsistent)
        self.hasRequests.store(true, ordering: .sequentiallyConsistent)
        self.wake()
    }

    // MARK: The loop

    func run() {
        while !(self.closeDeadline != 0 && self.liveCount == 0) {
            self.runTurn(eventCount: self.wait())
        }
        self.closeListeners()
        self.publish()
        self.delegate = nil
    }

    /// Waits for something to do.
    /// - Returns: how many events are ready.
    private func wait() -> Int {
        let count = self.poll(timeout: 0)
        if count > 0 || self.hasLeftovers { return count }
        self.delegate?.foundNothingReady()
        defer { self.parking.store(Self.running, ordering: .sequentiallyConsistent) }
        return self.poll(timeout: self.park())
    }

    /// - Parameter timeout: nanoseconds; below 0: for ever.
    private func poll(timeout: Int64) -> Int {
        let count = Int(
            holdfast_epoll_wait(
                self.epoll, self.events,
                Int32(self.turnSize.connectionCountMax(of: Self.eventsMax)), timeout))
        if count < 0 { precondition(errno == EINTR, "epoll_wait failed with \(errno)") }
        return max(count, 0)
    }

    /// The last turn left something that the next one can go on with at once.
    private var hasLeftovers: Bool {
        self.carryCount > 0 || self.dirtyCount > 0 || self.deadCount > 0
    }

    /// How long to wait, in nanoseconds, below 0 for ever. Whoever wakes us after this is either seen here or finds
    /// us parked and writes to the event descriptor.
    private func park() -> Int64 {
        if self.hasLeftovers { return 0 }
        var wakeAt = self.delegate?.nextWakeNanoseconds() ?? UInt64.max
        if self.nextDeadline != UInt64.max {
            let scanAt = max(self.nextDeadline, self.scannedAt &+ Self.scanIntervalNanoseconds)
            wakeAt = min(wakeAt, scanAt)
        }
        wakeAt = min(wakeAt, self.acceptResumeAt)
        var timeout: Int64 = -1
        if wakeAt != UInt64.max {
            let current = BootClock.nowNanoseconds()
            if wakeAt <= current { return 0 }
            timeout = Int64(min(wakeAt - current, Self.waitNanosecondsMax))
        }
        let (parked, _) = self.parking.compareExchange(
            expected: Self.running, desired: Self.parked, ordering: .sequentiallyConsistent)
        return parked ? timeout : 0
    }

    private func runTurn(eventCount: Int) {
        self.now = BootClock.nowNanoseconds()
        self.turn &+= 1
        self.handshakeStepCount = 0
        self.turnByteCount = 0
        if self.hasRequests.load(ordering: .relaxed) { self.handleRequests() }
        if self.carryCount > 0 { self.readCarried() }
        var readyListeners: UInt64 = 0
        for index in 0..<eventCount {
            let token = self.events[index].data.u64
            let low = token & 0xFFFF_FFFF
            if low < Self.listenerToken {
                guard let connection = self.connections[Int(low)],
                    UInt32(truncatingIfNeeded: connection.number) == UInt32(token &>> 32)
                else { continue }
                self.ready(connection, self.events[index].events)
            } else if low == Self.wakeToken {
                var count: UInt64 = 0
                _ = read(self.wakeDescriptor, &count, 8)
            } else {
                readyListeners |= 1 &<< (low &- Self.listenerToken)
            }
        }
        if readyListeners != 0 { self.acceptReady(readyListeners) }
        if self.now >= self.acceptResumeAt { self.resumeListeners() }
        self.turnSize.turnEnded(
            byteCount: self.turnByteCount, connectionCount: self.readCount)
        self.delegate?.turnEnded(nowNanoseconds: self.now)
        self.releaseInput()
        self.flushDirty()
        let scanAt = self.scannedAt &+ Self.scanIntervalNanoseconds
        if self.isShortOfMemory { self.nextDeadline = min(self.nextDeadline, scanAt) }
        if self.now >= self.nextDeadline && self.now >= scanAt { self.scan() }
        if self.deadCount > 0 { self.reap() }
        self.publish()
    }

    @inline(never)
    private func handleRequests() {
        self.hasRequests.store(false, ordering: .sequentiallyConsistent)
        let work = self.posted.withLock { (posted) -> [@Sendable (Reactor) -> Void] in
            let all = posted
            posted.removeAll()
            return all
        }
        for item in work { item(self) }
        if self.drainRequested.load(ordering: .sequentiallyConsistent) && !self.isDraining {
            self.startDraining()
        }
        let closeDeadline = self.closeRequestedAt.load(ordering: .sequentiallyConsistent)
        if closeDeadline != 0 && self.closeDeadline == 0 { self.closeAll(deadline: closeDeadline) }
    }

    // MARK: Slots and lists

    func takeSlot() -> Int? {
        if self.freeSlotCount > 0 {
            self.freeSlotCount -= 1
            return Int(self.freeSlots[self.freeSlotCount])
        }
        guard self.slotEnd < self.slotCount else { return nil }
        self.slotEnd += 1
        return self.slotEnd - 1
    }

    func giveSlot(_ slot: Int) {
        self.freeSlots[self.freeSlotCount] = Int32(slot)
        self.freeSlotCount += 1
    }

    func markDirty(_ connection: Connection) {
        if connection.state == .dead || connection.isDirty { return }
        connection.isDirty = true
        self.dirtyList[self.dirtyCount] = Int32(truncatingIfNeeded: connection.slot)
        self.dirtyCount &+= 1
    }

    /// Reads the connection in the next turn, behind those that wait already, whatever epoll says: libssl holds bytes, or this
    /// turn has read enough.
    func carry(_ connection: Connection) {
        if connection.isCarried { return }
        connection.isCarried = true
        precondition(self.carryCount < self.carryCapacity, "more carried connections than slots")
        let place = (self.carryHead &+ self.carryCount) % self.carryCapacity
        self.carryList[place] = Int32(truncatingIfNeeded: connection.slot)
        self.carryCount &+= 1
    }

    /// The slot that has been carried longest. There must be one.
    func takeCarried() -> Int {
        precondition(self.carryCount > 0)
        let slot = Int(self.carryList[self.carryHead])
        self.carryHead = (self.carryHead &+ 1) % self.carryCapacity
        self.carryCount &-= 1
        return slot
    }

    /// The connection is looked at by the scan at that time or earlier.
    @inline(__always)
    func setDeadline(_ slot: Int, _ time: UInt64) {
        if time < self.deadlines[slot] {
            self.deadlines[slot] = time
            if time < self.nextDeadline { self.nextDeadline = time }
        }
    }
}
