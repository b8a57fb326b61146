import FaultKit
import Glibc
import HoldfastEngine
import Testing

@testable import HoldfastJournal

/// Whatever call fails or is the process's last: the directory has the old snapshots, or the new one with them.
@Suite struct SnapshotFaultTests {
    private struct Place {
        let directory = TemporaryDirectory()
        let shards = SnapshotFileTests.shards(2, holds: 8)

        init() throws {
            _ = try self.shards.write(
                SnapshotFileTests.subject(lsn: 5, shards: 2), self.directory.path,
                LinuxFileSystem())
        }

        /// Writes LSN 9 beside LSN 5. Nil: it is done.
        func attempt(_ files: any FileSystem) -> JournalFailure? {
            do throws(JournalFailure) {
                _ = try self.shards.write(
                    SnapshotFileTests.subject(lsn: 9, shards: 2), self.directory.path, files)
                return nil
            } catch {
                return error
            }
        }

        /// LSNs of the snapshots that are there, each read to its end.
        func found() throws -> [UInt64] {
            let files = LinuxFileSystem()
            let list = try SnapshotList.read(
                self.directory.path, instance: SnapshotFileTests.instance, files: files)
            #expect(list.damaged.isEmpty)
            for info in list.sound {
                _ = try SnapshotFileTests.load(info.path, files, shardCount: 2)
            }
            return list.sound.map(\.lsn)
        }

        var temporaryFiles: [String] {
            get throws {
                try LinuxFileSystem().list(self.directory.path).filter { $0.hasSuffix(".tmp") }
            }
        }

        func clear() {
            let path = self.directory.path + "/" + SnapshotName.fileName(lsn: 9)
            unlink(path)
            unlink(path + ".tmp")
        }
    }

    /// System calls of an undisturbed run.
    private func callCount(_ place: Place) throws -> Int {
        let files = FaultyFileSystem()
        #expect(place.attempt(files) == nil)
        place.clear()
        return files.callCount
    }

    @Test func killedAtEveryCallItLeavesTheOldOrTheNew() throws {
        let place = try Place()
        let calls = try self.callCount(place)
        #expect(calls > 15)
        var outcomes: Set<[UInt64]> = []
        for landing in [
            FaultyFileSystem.Landing.nothing, .prefix(700), .sectors(seed: 3), .everything,
        ] {
            for number in 1...calls {
                let files = FaultyFileSystem(.init(callNumber: number, fault: .kill(landing)))
                #expect(place.attempt(files) != nil)
                let found = try place.found()
                #expect(found == [5] || found == [5, 9], "killed at call \(number)")
                outcomes.insert(found)
                // What was left of it does not stand in the way of the next.
                #expect(place.attempt(LinuxFileSystem()) == nil)
                #expect(try place.found() == [5, 9])
                place.clear()
            }
        }
        #expect(outcomes == [[5], [5, 9]])
    }

    /// Nothing could be told from a power cut's zeros if the name came first.
    @Test func itsNameComesBehindItsBytes() throws {
        let place = try Place()
        let files = FaultyFileSystem()
        #expect(place.attempt(files) == nil)
        let calls = files.calls
        let named = try #require(calls.firstIndex { $0.kind == .rename })
        let path = calls[named].path
        let written = try #require(
            calls[..<named].lastIndex { $0.kind == .write && $0.path == path })
        #expect(calls[written..<named].contains { $0.kind == .synchronize && $0.path == path })
    }

    @Test(arguments: [EIO, ENOSPC, EMFILE]) func everyFailingCallIsReported(code: Int32) throws {
        let place = try Place()
        let calls = try self.callCount(place)
        for isForEver in [false, true] {
            for number in 1...calls {
                let files = FaultyFileSystem(
                    .init(callNumber: number, fault: .fail(code), isForEver: isForEver))
                let failure = place.attempt(files)
                let found = try place.found()
                if let failure {
                    #expect(found == [5] || found == [5, 9], "call \(number)")
                    if code == ENOSPC { #expect(failure.code == .outOfSpace) }
                    // The name may be given and not last; else nothing is left.
                    if !isForEver { #expect(try place.temporaryFiles == []) }
                } else {
                    // A way around: without O_DIRECT.
                    #expect(found == [5, 9], "call \(number)")
                }
                place.clear()
            }
        }
    }

    @Test func interruptedAndShortCallsAreGoneOnWith() throws {
        let place = try Place()
        let calls = try self.callCount(place)
        for fault in [FaultyFileSystem.Fault.fail(EINTR), .short] {
            for number in 1...calls {
                let files = PatientFileSystem(
                    FaultyFileSystem(.init(callNumber: number, fault: fault)))
                let failure = place.attempt(files)
                #expect(failure == nil, "call \(number), \(fault)")
                #expect(try place.found() == [5, 9])
                place.clear()
            }
        }
    }

    /// The device says yes and keeps something else.
    @Test func whatIsReadAgainAndIsNotWhatWasWrittenGetsNoName() throws {
        let place = try Place()
        let path = place.directory.path + "/" + SnapshotName.fileName(lsn: 9) + ".tmp"
        let files = FaultyFileSystem(
            nil,
            before: { call in
                guard call.kind == .open, call.path == path, access(path, F_OK) == 0 else { return }
                // Between the sync and the reading.
                let file = open(path, O_RDWR)
                var byte: UInt8 = 0
                pread(file, &byte, 1, 4_500)
                byte ^= 16
                pwrite(file, &byte, 1, 4_500)
                close(file)
            })
        #expect(place.attempt(files)?.code == .damaged)
        #expect(try place.found() == [5])
        #expect(try place.temporaryFiles == [])
    }
}
