internal import COpenSSL

/// One accepted connection. To be used on its reactor's thread only.
///
/// The class holds the state; the reactor does the work. Input lies in one buffer from the first
/// unconsumed byte on, output in another from the first unsent byte on; a connection that has
/// neither owns no buffer. What is stored here is internal, so that the compiler sees every access
/// and needs no exclusivity check at run time.
package final class Connection {
    enum State: UInt8 {
        /// Accepted; no byte has come yet.
        case fresh
        case handshaking
        case open
        /// The peer sends no more; answers may still go out.
        case halfClosed
        /// Closing gracefully: what is unsent goes out, nothing is read.
        case flushing
        /// Our side is shut; waiting for the peer's end, so that nothing resets the connection.
        case lingering
        /// To be taken apart at the end of the turn.
        case dead
    }

    /// Unique in the process, from 1.
    package let number: UInt64
    package let listenerIndex: Int
    package let remoteAddress: IPAddress
    package let remotePort: UInt16
    let reactor: Reactor
    let slot: Int
    let fd: Int32

    var state = State.fresh
    var session: OpaquePointer?
    var storedPeer: PeerCertificate?
    var storedContext: AnyObject?
    var storedHold = 0
    var closeReason = CloseReason.shutdown

    var inputBase: UnsafeMutableRawPointer?
    var inputCapacity = 0
    var inputStart = 0
    var inputEnd = 0
    var inputMax = 0
    var inputStarted: UInt64 = 0

    var outputBase: UnsafeMutableRawPointer?
    var outputCapacity = 0
    var outputStart = 0
    var outputEnd = 0

    /// The epoll bits that are set.
    var interest: UInt32 = 0
    /// In the dirty list of this turn.
    var isDirty = false
    /// In the list of connections to read although epoll says nothing.
    var isCarried = false
    /// The last turn in which it was read.
    var readTurn: UInt64 = 0
    /// How long what comes waits before it is read.
    var backlog = ReadBacklog()
    var storedIsLate = false
    var storedWaited: UInt64 = 0
    /// Too much is unsent: not read until it has drained.
    var isReadPaused = false
    var isWriteBlocked = false
    var readWantsWrite = false
    /// libssl holds record buffers for it.
    var ownsRecordBuffers = false
    /// Reported to the delegate, and so to be reported as closed.
    var wasOpened = false
    /// Counted as an unfinished handshake.
    var isHandshakeCounted = true
    /// Counted in the address ledger as one without a certificate.
    var isCountedAnonymous = false
    /// Taken apart: its buffers no longer come from the pool, its slot is another's.
    var isReaped = false

    var openedAt: UInt64
    var receivedAt: UInt64
    /// The last time a write made progress, or the output became non-empty.
    var sentAt: UInt64
    /// When unsent output first passed its maximum; 0 while below.
    var overBudgetSince: UInt64 = 0
    var closeAt = UInt64.max
    var keyUpdateWindowStart: UInt64 = 0
    var keyUpdateWindowCount: UInt32 = 0
    var writesSinceKeyUpdate: UInt32 = 0

    init(
        number: UInt64, listenerIndex: Int, remote: (address: IPAddress, port: UInt16),
        reactor: Reactor, slot: Int, fd: Int32, inputMax: Int, now: UInt64
    ) {
        self.number = number
        self.listenerIndex = listenerIndex
        self.remoteAddress = remote.address
        self.remotePort = remote.port
        self.reactor = reactor
        self.slot = slot
        self.fd = fd
        self.inputMax = inputMax
        self.openedAt = now
        self.receivedAt = now
        self.sentAt = now
    }

    /// The reactor takes the buffers back before it lets go of a connection; what is here then was
    /// written afterwards by someone who had not noticed.
    deinit {
        self.inputBase?.deallocate()
        self.outputBase?.deallocate()
    }

    /// The peer's certificate, verified; nil when it sent none.
    package var peer: PeerCertificate? { self.storedPeer }

    /// The delegate's own.
    package var context: AnyObject? {
        get { self.storedContext }
        set { self.storedContext = newValue }
    }

    /// Answers still to come: while above 0 the connection is not closed for being half closed or
    /// idle.
    package var hold: Int {
        get { self.storedHold }
        set {
            precondition(newValue >= 0, "a connection's hold fell below 0")
            self.storedHold = newValue
            if self.state == .halfClosed { self.markDirty() }
        }
    }

    /// Answers can still reach the peer.
    package var isWritable: Bool { self.state.rawValue < State.lingering.rawValue }

    // MARK: Input

    /// The unconsumed bytes.
    package var input: UnsafeRawBufferPointer {
        guard let base = self.inputBase else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(
            start: base + self.inputStart, count: self.inputEnd &- self.inputStart)
    }

    /// When the first unconsumed byte came, in nanoseconds of CLOCK_BOOTTIME. Meaningless while
    /// `input` is empty.
    package var inputStartedNanoseconds: UInt64 { self.inputStarted }

    /// What `input` has got in this turn waited in the socket for longer than `queueMilliseconds`, and so did what came
    /// before it for ten times as long: the server has more to do than it can.
    package var isLate: Bool { self.storedIsLate }

    /// Nanoseconds that it waited there, at least.
    package var waitedNanoseconds: UInt64 { self.storedWaited }

    /// Takes bytes off the front of `input`. They stay where they are until `turnEnded` returned.
    package func consume(_ byteCount: Int) {
        precondition(
            byteCount >= 0 && byteCount <= self.inputEnd &- self.inputStart,
            "consumed more than there is")
        self.inputStart &+= byteCount
        // What follows a consumed message came with the latest bytes.
        self.inputStarted = self.receivedAt
    }

    // MARK: Output

    /// Room at the end of the output, valid until the next call on this connection. Write at most
    /// `byteCount` bytes, then say with `commitOutput` how many.
    package func reserveOutput(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if self.outputCapacity &- self.outputEnd < byteCount { self.makeOutputRoom(byteCount) }
        return self.outputBase.unsafelyUnwrapped + self.outputEnd
    }

    package func commitOutput(_ byteCount: Int) {
        precondition(
            byteCount >= 0 && byteCount <= self.outputCapacity &- self.outputEnd,
            "committed more than was reserved")
        self.outputEnd &+= byteCount
        if !self.isDirty { self.markDirty() }
    }

    package var unsentByteCount: Int { self.outputEnd &- self.outputStart }

    @inline(never)
    private func makeOutputRoom(_ byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= 1 << 28, "an answer of absurd size")
        self.reactor.makeOutputRoom(self, byteCount)
    }

    @inline(__always)
    func markDirty() {
        if !self.isDirty { self.reactor.markDirty(self) }
    }

    // MARK: Closing

    /// Sends what is unsent, then close_notify, shuts the sending side, reads and discards until the
    /// peer's end or until the grace is over, and closes. No more input is delivered.
    package func closeGracefully(reason: CloseReason, graceMilliseconds: Int) {
        self.reactor.closeGracefully(self, reason, graceMilliseconds: graceMilliseconds)
    }

    /// Closes at the end of this turn; unsent output is lost and the peer may see a reset.
    package func closeNow(reason: CloseReason) {
        self.reactor.kill(self, reason)
    }
}
