import HoldfastEngine
import HoldfastJournal
import Synchronization
import Testing

@testable import HoldfastServer

/// Leases across shards and reactors: where free names live, and who hears of a waiter's end.
@Suite struct LeaseShardTests {
    private static let now: Int64 = 1_800_000_000_000

    /// Executes one lease call; the command's views live as long as this.
    private static func acquire(
        _ name: StaticString, owner: UInt64, wait: Int64 = 0, origin: UInt16 = 0,
        on table: ShardTable
    ) -> Outcome {
        let room = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
        defer { room.deallocate() }
        return Self.execute(
            .acquireLease(
                AcquireLeaseCommand(
                    target: .name(Self.view(name)), owner: RequestID(first: owner, second: 1),
                    ttlMilliseconds: 5_000, waitMilliseconds: wait, holder: .empty,
                    origin: origin, holderRoom: room)), on: table)
    }

    private static func release(_ name: StaticString, owner: UInt64, on table: ShardTable) {
        let room = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
        defer { room.deallocate() }
        _ = Self.execute(
            .releaseLease(
                ReleaseLeaseCommand(
                    target: .name(Self.view(name)), owner: RequestID(first: owner, second: 1),
                    breaks: false, holderRoom: room)), on: table)
    }

    private static func view(_ text: StaticString) -> ByteView {
        ByteView(base: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static func execute(_ command: Command, on table: ShardTable) -> Outcome {
        var call = Call(command: command)
        withUnsafeMutablePointer(to: &call) { call in
            var pointer = call
            withUnsafeMutablePointer(to: &pointer) { calls in
                table.execute(
                    shard: table.controlIndex, batch: CallBatch(calls: calls, count: 1),
                    now: Self.now)
            }
        }
        return call.outcome
    }

    /// Looks into the box until the ticket's end is there. False: it does not come.
    private static func isGranted(
        _ ticket: UInt64, origin: Int, _ mailboxes: LeaseMailboxes
    ) -> Bool {
        for _ in 0..<50_000_000 {
            let ends = mailboxes.take(origin: origin)
            if ends.contains(where: { $0.ticket == ticket && $0.result == .held }) { return true }
        }
        return false
    }

    private static func table(_ mailboxes: LeaseMailboxes) -> ShardTable {
        ShardTable(
            count: 2, settings: ShardSettings(), blocks: HeapBlockSource(), log: MemoryEventLog(),
            mailboxes: mailboxes)
    }

    @Test func theControlShardComesBehindThoseOfSales() {
        let table = Self.table(LeaseMailboxes(reactorCount: 1))
        #expect(table.count == 2 && table.totalCount == 3 && table.controlIndex == 2)
        guard case .acquireLease(let outcome) = Self.acquire("a", owner: 1, on: table) else {
            Issue.record("not an answer to an acquire")
            return
        }
        #expect(outcome.result == .held && outcome.fencingToken == 1)
        #expect(table.nextDeadlineMilliseconds(shard: 2) == Self.now + 5_000)
        #expect(table.counts.events == 1)
        #expect(table.expireDue(shard: 2, now: Self.now + 5_000, limit: 10) == 1)
        #expect(table.nextDeadlineMilliseconds(shard: 2) == .max)
        #expect(table.checkInvariants() == [])
    }

    @Test func theEndOfAWaitComesToTheReactorThatAsked() {
        let mailboxes = LeaseMailboxes(reactorCount: 2)
        let table = Self.table(mailboxes)
        _ = Self.acquire("a", owner: 1, on: table)
        guard
            case .leaseWaiting(let first) = Self.acquire(
                "a", owner: 2, wait: 100, origin: 1, on: table),
            case .leaseWaiting(let second) = Self.acquire(
                "a", owner: 3, wait: 1_000, origin: 0, on: table)
        else {
            Issue.record("a call that should wait does not")
            return
        }
        #expect(mailboxes.take(origin: 0).isEmpty && mailboxes.take(origin: 1).isEmpty)
        Self.release("a", owner: 1, on: table)
        let taken = mailboxes.take(origin: 1)
        #expect(taken.map(\.ticket) == [first] && taken.map(\.result) == [.held])
        #expect(taken.map(\.shard) == [2] && taken.map(\.fencingToken) == [2])
        #expect(mailboxes.take(origin: 1).isEmpty && mailboxes.take(origin: 0).isEmpty)
        #expect(!table.withdrawWaiter(shard: 2, ticket: first))
        #expect(table.withdrawWaiter(shard: 2, ticket: second))
        Self.release("a", owner: 2, on: table)
        #expect(mailboxes.take(origin: 0).isEmpty)
    }

    @Test func noWaiterIsLostBetweenThreads() {
        let mailboxes = LeaseMailboxes(reactorCount: 4)
        let table = Self.table(mailboxes)
        let threads = (0..<4).map { _ in NativeThread(name: "waiter") }
        let held = Atomic<Int>(0)
        for (number, thread) in threads.enumerated() {
            thread.start {
                for turn in 0..<500 {
                    let owner = UInt64(number * 10_000 + turn + 1)
                    let origin = UInt16(number)
                    switch Self.acquire(
                        "hot", owner: owner, wait: 60_000, origin: origin, on: table)
                    {
                    case .acquireLease: break
                    case .leaseWaiting(let ticket):
                        // Time stands still: nothing but the others' releases can end this wait.
                        guard Self.isGranted(ticket, origin: number, mailboxes) else { return }
                    default: return
                    }
                    held.add(1, ordering: .relaxed)
                    Self.release("hot", owner: owner, on: table)
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(held.load(ordering: .relaxed) == 2_000)
        #expect(table.checkInvariants() == [])
    }
}
