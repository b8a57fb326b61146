import FaultKit
import Glibc
import HoldfastEngine
import HoldfastTransport
import Logging
import Testing

@testable import HoldfastJournal
@testable import HoldfastServer

/// A store as a server opens it, on files that a test can take away, and the shards that it filled. One thread.
final class StoreBench {
    static let segmentBytes = 65_536
    private static let saleCount = 3

    let files: FaultyFileSystem
    let store: DataStore
    private let path: String
    private let clock = ServerClock()
    private let blocks: MappedBlocks
    /// Until the memory goes.
    private var shards: ShardTable?
    private var number = 0

    /// Opens, with whatever that throws.
    init(
        _ settings: ServerConfiguration, at path: String,
        files: FaultyFileSystem = FaultyFileSystem()
    ) throws(JournalFailure) {
        var configuration = settings
        configuration.dataDirectory = path
        configuration.journalSegmentBytes = Self.segmentBytes
        configuration.journalSegmentsAhead = 1
        let blocks = MappedBlocks()
        let shards = ShardTable(
            count: configuration.shardCount, settings: ShardSettings(), blocks: blocks)
        var opening = StoreOpening(
            configuration: configuration, shards: shards, clock: self.clock,
            waiters: SyncWaiters(reactorCount: 0),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        opening.files = files
        opening.onFailure = { failure in
            if !files.isKilled { Issue.record("the journal failed: \(failure)") }
            pthread_exit(nil)
        }
        // `waitUntilDone` has more patience.
        opening.roomMillisecondsMax = 20
        self.store = try opening.open()
        self.files = files
        self.path = path
        self.blocks = blocks
        self.shards = shards
    }

    deinit {
        self.shards = nil
        self.blocks.unmap()
    }

    private var table: ShardTable {
        guard let shards = self.shards else { preconditionFailure("the shards are gone") }
        return shards
    }

    private var journal: Journal {
        guard let journal = self.store.journal else { preconditionFailure("a store in memory") }
        return journal
    }

    /// Each shard as a snapshot would hold it.
    var images: [[UInt8]] {
        (0..<self.table.totalCount).map { shard in
            let sink = ImageBytes()
            _ = self.table.encodeImage(shard: shard, into: sink)
            return sink.bytes
        }
    }

    var counts: ShardCounts { self.table.counts }

    func checkInvariants() -> [String] { self.table.checkInvariants() }

    private final class ImageBytes: ImageSink {
        private(set) var bytes: [UInt8] = []

        func put(_ piece: UnsafeRawBufferPointer) -> Bool {
            self.bytes.append(contentsOf: piece)
            return true
        }
    }

    // MARK: Work

    /// Gives the shards their log and loads sales.
    func loadSales() throws {
        self.table.attach(self.store.events)
        #expect(self.waitUntilDone())
        for sale in 0..<Self.saleCount {
            try TestSales.load(
                TestSales.json("sale-\(sale)", products: [("p1", 1_000)]), into: self.table)
        }
    }

    /// Holds of one buyer each, every one in a group of its own.
    func sell(_ count: Int) {
        for _ in 0..<count {
            #expect(self.reserve() == .reserved)
            self.store.settle()
        }
    }

    func snapshot() throws {
        let maker = try #require(self.store.snapshots)
        let ticket = maker.request()
        #expect(Self.waits { maker.status.settledTicket >= ticket })
        #expect(maker.status.lastError == nil)
    }

    /// One more hold, whose group is on its way to the disk when the process ends.
    func sellTorn(_ landing: FaultyFileSystem.Landing) throws {
        try self.waitUntilSealed()
        self.files.set(
            .init(callNumber: 1, kinds: [.write], fault: .kill(landing), pathContains: ".seg"))
        _ = self.reserve()
        self.store.events.kick()
        #expect(Self.waits { self.files.isKilled })
    }

    /// One more hold, whose group is the last that reaches the disk: the process ends before the seal.
    func sellUnsealed() throws {
        while !self.files.isKilled {
            try self.waitUntilSealed()
            self.files.set(
                .init(
                    callNumber: 2, kinds: [.write], fault: .kill(.nothing), pathContains: ".seg"))
            self.sell(1)
            // At the end of a segment the next one's header takes the place of a seal.
            #expect(
                try Self.waits {
                    try self.files.isKilled || !StoredLog(self.path).hasUnprovenEvents
                })
        }
    }

    private func reserve() -> ReserveResult? {
        self.number += 1
        let reserve = TestReserve(
            sale: "sale-\(self.number % Self.saleCount)", user: "buyer-\(self.number)",
            product: "p1", request: UInt64(self.number))
        return reserve.execute(
            on: self.table, now: self.clock.milliseconds(at: BootClock.nowNanoseconds()))
    }

    // MARK: Waiting and ending

    /// Waits until the journal has made all that it wants to have ready and has sealed so many groups.
    ///
    /// - Returns: False: the files were killed first.
    func waitUntilDone(sealCount: Int = 0) -> Bool {
        let isDone = Self.waits {
            let statistics = self.journal.statistics
            return self.files.isKilled
                || self.journal.roomByteCount >= Self.segmentBytes
                    && statistics.readySegments >= 1 && statistics.seals >= sealCount
        }
        #expect(isDone, "the start does not come to its end")
        return !self.files.isKilled
    }

    /// Waits until something behind the last group proves it.
    func waitUntilSealed() throws {
        #expect(try Self.waits { try !StoredLog(self.path).hasUnprovenEvents })
    }

    /// As kill -9 leaves the disk; the threads come to their ends.
    func kill() {
        self.files.detach()
        self.store.stop()
    }

    /// Whether the condition came true within a generous time.
    private static func waits(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<100_000 {
            if try condition() { return true }
            usleep(200)
        }
        return false
    }
}

/// What a start would find.
struct StoredLog {
    /// A start writes the last group once more.
    let hasUnprovenEvents: Bool

    init(_ path: String) throws {
        let directory = try DataDirectory.look(path, files: LinuxFileSystem())
        let identity = try #require(try directory.readIdentity())
        let choice = try SnapshotChoice(directory, identity)
        let scan = try JournalScan(
            directory: directory, identity: identity, knownEnds: choice.knownEnds,
            fromLSN: choice.chosen?.lsn ?? 0, isSnapshotAlone: try directory.lacksJournalFolder())
        self.hasUnprovenEvents = scan.unprovenGroup?.hasEvents ?? false
    }
}
