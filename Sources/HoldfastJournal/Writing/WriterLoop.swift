internal import Synchronization

/// What the writer thread does: takes what was kicked, writes it group by group, publishes, and seals when nothing more
/// comes. It sleeps whenever nothing was kicked; it never spins.
final class WriterLoop: @unchecked Sendable {
    private let journal: Journal
    private var writer: SegmentWriter
    private var taken: PendingGroups
    /// The group that a seal is owed to, by the time from which on it is due.
    private var sealDueNanoseconds: UInt64?

    init(_ journal: Journal, _ writer: consuming SegmentWriter) {
        self.journal = journal
        self.taken = PendingGroups(softMax: journal.settings.groupBytesSoftMax)
        // The group that recovery copied, if any, has no evidence behind it yet.
        self.sealDueNanoseconds =
            writer.hasEvents ? Self.sealDue(after: journal.settings) : nil
        self.writer = writer
    }

    func run() {
        while true {
            // Space is short: ends of holds that come within a few milliseconds share a page.
            if !self.journal.hasRoom { MonotonicClock.sleep(microseconds: Self.gatherMicroseconds) }
            let work = self.journal.intake.take(into: &self.taken)
            if work.contains(.groups) { self.writeGroups() }
            if work.contains(.roll) { self.answerRoll() }
            if work.contains(.stop) {
                self.writeEmpty(.cleanStop)
                self.writer.close()
                return
            }
            if work.isEmpty { self.sealOrSleep() }
        }
    }

    private static let gatherMicroseconds: UInt32 = 4_000
    private static let roomlessWaitMicroseconds = 100_000

    // MARK: Groups

    private func writeGroups() {
        for index in 0..<self.taken.count {
            let group = self.taken.group(index)
            if !self.writer.hasRoom(forBody: group.bodyByteCount) {
                self.begin(forBody: group.bodyByteCount)
            }
            let start = MonotonicClock.nanoseconds
            do throws(FileError) {
                try self.writer.write(
                    self.taken.buffer.base + group.offset, bodyByteCount: group.bodyByteCount,
                    eventCount: group.eventCount)
            } catch {
                self.fail(error, "write a group of \(group.eventCount) events")
            }
            let end = MonotonicClock.nanoseconds
            self.journal.allocator.setOpenBytes(self.writer.openBytes)
            self.journal.published.publish(
                self.writer.end, eventCount: group.eventCount, eventBytes: group.bodyByteCount,
                groupBytes: SegmentWriter.wholeByteCount(body: group.bodyByteCount),
                nanoseconds: end - start)
            self.journal.onSynced()
        }
        self.sealDueNanoseconds = Self.sealDue(after: self.journal.settings)
    }

    private static func sealDue(after settings: JournalSettings) -> UInt64 {
        MonotonicClock.nanoseconds + UInt64(settings.sealAfterMicroseconds) * 1_000
    }

    private func sealOrSleep() {
        guard let due = self.sealDueNanoseconds else {
            self.journal.intake.wait(microseconds: 0)
            return
        }
        let now = MonotonicClock.nanoseconds
        if now < due {
            self.journal.intake.wait(microseconds: Int((due - now) / 1_000) + 1)
        } else if !self.journal.hasRoom {
            // A seal takes a page that a hold's end may need; it comes when there is room again.
            self.journal.intake.wait(microseconds: Self.roomlessWaitMicroseconds)
        } else {
            self.writeEmpty(.seal)
            self.sealDueNanoseconds = nil
        }
    }

    /// Evidence for the group before it. In a full segment, the next one's header is that; without a next one it is left
    /// out, which costs no data.
    private func writeEmpty(_ kind: GroupHeader.Kind) {
        if !self.writer.hasRoom(forBody: 0) {
            guard let ready = self.journal.allocator.take() else { return }
            self.roll(to: ready)
            if kind == .seal { return }
        }
        let start = MonotonicClock.nanoseconds
        do throws(FileError) {
            try self.writer.writeEmpty(kind)
        } catch {
            self.fail(error, "seal the journal")
        }
        let end = MonotonicClock.nanoseconds
        self.journal.allocator.setOpenBytes(self.writer.openBytes)
        self.journal.published.publishSeal(
            self.writer.end, groupBytes: JournalLayout.pageBytes, nanoseconds: end - start)
    }

    // MARK: Segments

    /// The next segment, for a group that does not fit into this one.
    private func begin(forBody byteCount: Int) {
        let whole = SegmentWriter.wholeByteCount(body: byteCount)
        let settings = self.journal.settings
        if JournalLayout.pageBytes + whole > settings.segmentBytes {
            do throws(FileError) {
                self.roll(to: try self.writer.makeSegment(forBody: byteCount))
            } catch {
                self.fail(error, "make a segment for one batch of \(byteCount) bytes")
            }
            return
        }
        do throws(JournalFailure) {
            self.roll(
                to: try self.journal.allocator.take(
                    waitingMicroseconds: settings.segmentWaitMicroseconds))
        } catch {
            self.journal.fail(error)
        }
    }

    private func roll(to ready: ReadySegment) {
        do throws(FileError) {
            if let sealed = try self.writer.roll(to: ready) {
                self.journal.append(sealed: sealed)
            }
        } catch {
            self.fail(error, "begin the next segment")
        }
        self.journal.allocator.isInUse(ready, openBytes: self.writer.openBytes)
        self.journal.published.countSegment()
        // The new header is the evidence.
        self.sealDueNanoseconds = nil
    }

    private func answerRoll() {
        if self.writer.hasEvents {
            guard self.journal.hasRoom, let ready = self.journal.allocator.take() else {
                self.journal.rollRequest.answer(nil)
                return
            }
            self.roll(to: ready)
        }
        self.journal.rollRequest.answer(self.writer.end)
    }

    private func fail(_ error: FileError, _ purpose: String) -> Never {
        self.journal.fail(JournalFailure(error, during: purpose))
    }
}
