internal import HoldfastJournal
internal import HoldfastTransport
internal import HoldfastWire

/// Who may see what when (FORMATS 2): an answer that reports an event leaves once the event is on disk, everything else
/// at once. `Call.logPosition` says which; it was set under the shard's lock.
extension RequestPipeline {
    /// Room for an answer: the connection's output, or the queue of those that wait.
    @inline(__always)
    func answerRoom(
        _ byteCountMax: Int, _ connection: Connection, until position: UInt64
    ) -> UnsafeMutableRawPointer {
        position <= self.syncedPosition
            ? connection.reserveOutput(byteCountMax) : self.held.pointee.reserve(byteCountMax)
    }

    /// The answer is written. True: it waits, and the call stays in flight until it leaves.
    @inline(__always)
    func commitAnswer(
        _ byteCount: Int, _ connection: Connection, _ context: ConnectionContext,
        until position: UInt64, isCounted: Bool
    ) -> Bool {
        if position <= self.syncedPosition {
            connection.commitOutput(byteCount)
            return false
        }
        let isEntry = self.held.pointee.commit(
            byteCount, until: position, Unmanaged.passUnretained(context), isCounted: isCounted)
        if isEntry { context.heldCount &+= 1 }
        return true
    }

    /// Lets the answers go whose events are on disk by now.
    func releaseHeld() {
        if self.held.pointee.isEmpty { return }
        self.core.syncWaiters.wait(self.index)
        self.syncedPosition = self.core.events.syncedPosition.rawValue
        while let (entry, bytes) = self.held.pointee.next(synced: self.syncedPosition) {
            entry.context._withUnsafeGuaranteedRef { context in
                context.heldCount &-= 1
                context.link?._withUnsafeGuaranteedRef { connection in
                    guard connection.isWritable else { return }
                    connection.reserveOutput(entry.byteCount).copyMemory(
                        from: bytes, byteCount: entry.byteCount)
                    connection.commitOutput(entry.byteCount)
                }
                context.callsEnded(entry.countedCalls)
            }
        }
        self.held.pointee.compact()
        if self.held.pointee.isEmpty {
            self.core.syncWaiters.stopWaiting(self.index)
        }
    }
}
