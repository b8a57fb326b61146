import FaultKit
import Foundation
import HoldfastEngine
import HoldfastJournal
import Testing

@testable import HoldfastServer

/// A start from the data directory to the running journal, killed at each of its system calls, and started again.
@Suite("A start that is killed", .serialized)
struct StoreOpeningKilledTests {
    @Test(
        "at every one of its calls: the next start finds everything", arguments: StoreCase.allCases)
    func atEveryCall(_ stored: StoreCase) throws {
        let play = try KilledStart(stored)
        var number = 1
        while try play.wasKilled(.init(callNumber: number, fault: .kill(.nothing))) { number += 1 }
        // The last run was not killed: every call of the others was one at which they were.
        #expect(number - 1 == play.callCount)
        #expect(number > 60, "\(number) calls")
    }

    @Test(
        "in the middle of every one of its writes, however it lands", arguments: StoreCase.allCases)
    func inEveryWrite(_ stored: StoreCase) throws {
        let play = try KilledStart(stored)
        for landing in FaultyFileSystem.Landing.samples {
            var number = 1
            while try play.wasKilled(
                .init(callNumber: number, kinds: [.write], fault: .kill(landing)))
            {
                number += 1
            }
            #expect(number > 5, "\(number) writes")
        }
    }
}

/// One data directory, what a start that nobody kills makes of it, and starts that are killed.
private final class KilledStart {
    private let stored: StoreCase
    private let folder = TemporaryDirectory(inMemory: true)
    private var settings: ServerConfiguration
    private var images: [[UInt8]] = []
    private var report = RecoveryReport()
    private var instanceID: [UInt8] = []
    private var sealCount = 0
    private var snapshots: [String] = []
    /// Of the start that nobody killed.
    private(set) var callCount = 0

    private var base: String { self.folder.path + "/base" }

    init(_ stored: StoreCase) throws {
        self.stored = stored
        let place = DevelopmentDirectory(path: self.folder.path + "/home")
        _ = try place.populate(nowMilliseconds: 0)
        self.settings = try ServerConfiguration.load(
            file: place.configurationFile, flags: ["--shards", "4"])
        try stored.write(to: self.base, self.settings)
        self.settings.acceptsSnapshot = stored == .snapshotAlone
        if stored != .nothing {
            self.sealCount = try StoredLog(self.base).hasUnprovenEvents ? 1 : 0
            self.snapshots = try Self.snapshots(self.base)
        }
        if stored == .unsealed { #expect(self.sealCount == 1) }
        try self.playUnkilled()
    }

    private func playUnkilled() throws {
        let path = try self.copy()
        let start = try StoreBench(self.settings, at: path)
        #expect(start.waitUntilDone(sealCount: self.sealCount))
        self.callCount = start.files.callCount
        self.images = start.images
        self.instanceID = start.store.instanceID
        self.report = try #require(start.store.recovered)
        start.kill()
        try FileManager.default.removeItem(atPath: path)
        // It is what was written.
        #expect(self.report.isNew == (self.stored == .nothing))
        #expect(self.report.hasStoppedInOrder == (self.stored == .stopped))
        #expect((self.report.cutByteCount > 0) == (self.stored == .torn))
        let isExpected =
            self.stored == .unsealed
            ? start.counts.liveHolds >= self.stored.holdCount
            : start.counts.liveHolds == self.stored.holdCount
        #expect(isExpected, "\(start.counts)")
        let usesSnapshot = [.snapshotAndTail, .damagedSnapshot, .oldSegments, .snapshotAlone]
            .contains(self.stored)
        #expect((self.report.snapshotLSN > 0) == usesSnapshot)
        #expect(
            self.report.notes.contains { $0.contains("it is passed over") }
                == (self.stored == .damagedSnapshot))
    }

    /// A start with the plan, and two more without.
    ///
    /// - Returns: False: it came to its end before the plan took effect.
    func wasKilled(_ plan: FaultyFileSystem.Plan) throws -> Bool {
        let place = Comment(rawValue: "\(self.stored), \(plan.fault) at call \(plan.callNumber)")
        let path = try self.copy()
        let files = FaultyFileSystem(plan)
        var generation: UInt64 = 0
        do throws(JournalFailure) {
            let start = try StoreBench(self.settings, at: path, files: files)
            _ = start.waitUntilDone(sealCount: self.sealCount)
            // Callers may have been told it.
            generation = start.store.bootEpoch
            start.kill()
        } catch {
            #expect(files.isKilled, place)
        }
        let second = try self.startAgain(path)
        self.expectKept(second, place)
        #expect(second.store.bootEpoch > generation, place)
        #expect(
            (self.report.generation...self.report.generation + 1).contains(
                UInt32(second.store.bootEpoch)), place)
        generation = second.store.bootEpoch
        let instanceID = second.store.instanceID
        second.kill()
        let third = try StoreBench(self.settings, at: path)
        self.expectKept(third, place)
        #expect(third.store.bootEpoch == generation + 1, place)
        #expect(third.store.instanceID == instanceID, place)
        third.store.stop()
        #expect(try Self.snapshots(path) == self.snapshots, place)
        let names = try FileManager.default.subpathsOfDirectory(atPath: path)
        #expect(!names.contains { $0.hasSuffix(".tmp") }, place)
        try FileManager.default.removeItem(atPath: path)
        return files.isKilled
    }

    private func startAgain(_ path: String) throws -> StoreBench {
        do throws(JournalFailure) {
            return try StoreBench(self.settings, at: path)
        } catch {
            // docs/OPERATIONS.md, "Backup and restore": the first start of a restored snapshot.
            guard self.stored == .snapshotAlone, error.code == .damaged else { throw error }
            try FileManager.default.removeItem(atPath: path + "/journal")
            return try StoreBench(self.settings, at: path)
        }
    }

    private func expectKept(_ start: StoreBench, _ place: Comment) {
        #expect(start.images == self.images, place)
        #expect(start.store.recovered?.lastLSN == self.report.lastLSN, place)
        if self.stored != .nothing { #expect(start.store.instanceID == self.instanceID, place) }
        #expect(start.checkInvariants() == [], place)
    }

    private func copy() throws -> String {
        let path = self.folder.path + "/played"
        if self.stored != .nothing {
            try FileManager.default.copyItem(atPath: self.base, toPath: path)
        }
        return path
    }

    private static func snapshots(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/snapshots")
            .filter { $0.hasSuffix(".snap") }.sorted()
    }
}
