import HoldfastClient
import Synchronization

/// All records of one data directory. A record is lent to one task at a time. Any task.
final class CrashBook: Sendable {
    private struct State {
        var records: [CrashRecord] = []
        /// Records that nobody works with and that may be worked with.
        var idle: [Int] = []
        var owners: [UInt64: Int] = [:]
        var serverTimeMaxMilliseconds = 0
    }

    private let state = Mutex(State())

    /// A new page, lent to the caller.
    func open(_ request: ReserveRequest) -> CrashRecord {
        self.state.withLock { state in
            let record = CrashRecord(number: state.records.count, reserve: request)
            state.records.append(record)
            return record
        }
    }

    /// A record that was acknowledged and is not worked with, by a random number; nil if there is none.
    func borrow(_ random: UInt64) -> CrashRecord? {
        self.state.withLock { state in
            guard !state.idle.isEmpty else { return nil }
            let place = Int(random % UInt64(state.idle.count))
            state.idle.swapAt(place, state.idle.count - 1)
            return state.records[state.idle.removeLast()]
        }
    }

    /// Gives a record back. It is lent again if it can still change and nothing is pending.
    func put(_ record: CrashRecord) {
        self.state.withLock { state in
            state.records[record.number] = record
            let canChange =
                record.first != nil && record.pending.isEmpty && !record.isKept
                && record.state != .refunded
            if canChange { state.idle.append(record.number) }
        }
    }

    /// All pages. Only while nobody works with one.
    var records: [CrashRecord] { self.state.withLock { $0.records } }

    /// Replaces all pages after an audit and makes them available again.
    func replace(_ records: [CrashRecord]) {
        self.state.withLock { state in
            state.records = records
            state.idle = records.compactMap { record in
                record.first != nil && record.pending.isEmpty && !record.isKept
                    && record.state != .refunded ? record.number : nil
            }
        }
    }

    /// Notes whose a reservation id is; the record that had it before, if that is another one.
    func claim(_ id: ReservationID, for number: Int) -> Int? {
        self.state.withLock { state in
            if let owner = state.owners[id.rawValue], owner != number { return owner }
            state.owners[id.rawValue] = number
            return nil
        }
    }

    /// Notes a server time that an answer carried.
    func saw(serverTimeMilliseconds: Int) {
        self.state.withLock {
            $0.serverTimeMaxMilliseconds = max(
                $0.serverTimeMaxMilliseconds, serverTimeMilliseconds)
        }
    }

    var serverTimeMaxMilliseconds: Int { self.state.withLock { $0.serverTimeMaxMilliseconds } }
}
