import Foundation
import Testing

/// System calls of the running server fail, through strace: what the file system says is taken at its word once.
@Suite(
    "Failing system calls", .serialized,
    .enabled(if: Machine.canTrace, "strace cannot attach to a process here"))
struct FaultTests {
    /// The status of a server whose journal failed.
    private static let journalFailed = "74"

    private func play(
        _ expressions: String..., exit status: String?, loadMs: Int = 500, fromStart: Bool = false
    ) throws -> CrashRun {
        var arguments = [
            "--runs", "1", "--load-ms", "\(loadMs)", "--recovery-kills", "0", "--set",
            "journal.segment_bytes=65536",
        ]
        for expression in expressions { arguments += ["--inject", expression] }
        if fromStart { arguments.append("--from-start") }
        if let status { arguments += ["--expect-exit", status] }
        let run = try CrashRun(arguments)
        #expect(run.report.skipped.isEmpty)
        #expect(run.report.statistics.faultsInjected == 1)
        return run
    }

    @Test(
        "a write or a sync that fails ends the server with 74, and nothing unsynced was answered",
        arguments: [
            // The writer's groups, headers and manifest; the first, a later one, all.
            "pwritev2:error=EIO:when=1", "pwritev2:error=EIO:when=37", "pwritev2:error=EIO:when=9+",
            "pwritev2:error=ENOSPC:when=5",
            // The names of new segments.
            "fsync:error=EIO:when=1+", "rename,renameat,renameat2:error=EIO:when=1",
        ])
    func failStop(expression: String) throws {
        let run = try self.play(expression, exit: Self.journalFailed, loadMs: 900)
        run.expectGood(rounds: 1)
    }

    @Test(
        "an interruption is no failure, neither of the writer nor of the allocator",
        arguments: ["pwritev2:error=EINTR:when=3+5", "pwrite64:error=EINTR:when=1+2"])
    func interruptions(expression: String) throws {
        try self.play(expression, exit: nil, loadMs: 900).expectGood(rounds: 1)
    }

    @Test("a write of zeros that is cut short goes on where it stopped")
    func shortWrites() throws {
        try self.play("pwrite64:retval=4096:when=1+2", exit: nil, loadMs: 900)
            .expectGood(rounds: 1)
    }

    // MARK: File systems without synchronous writes

    /// What they say to a write with RWF_DSYNC. The server asks at its start, so it is traced from there.
    private static let noSynchronousWrites = "pwritev2:error=EOPNOTSUPP"

    @Test("where no write is synchronous, each group is written and then synced with fdatasync")
    func fallback() throws {
        let run = try self.play(
            Self.noSynchronousWrites, exit: nil, loadMs: 900, fromStart: true)
        run.expectGood(rounds: 1)
        let calls = run.report.statistics.tracedCalls
        // It asks for the first segment and for the writer, and never again.
        #expect((1...2).contains(calls["pwritev2", default: 0]), "\(calls)")
        #expect(calls["fdatasync", default: 0] > 100, "\(calls)")
    }

    @Test(
        "an fdatasync that fails ends the server with 74, and nothing unsynced was answered",
        arguments: ["EIO:when=100", "EIO:when=131+", "ENOSPC:when=120", "EDQUOT:when=110"])
    func failedDataSync(error: String) throws {
        try self.play(
            Self.noSynchronousWrites, "fdatasync:error=\(error)", exit: Self.journalFailed,
            loadMs: 900, fromStart: true
        ).expectGood(rounds: 1)
    }

    @Test("an fdatasync that a signal interrupts is called again")
    func interruptedDataSync() throws {
        try self.play(
            Self.noSynchronousWrites, "fdatasync:error=EINTR:when=3+5", exit: nil, loadMs: 900,
            fromStart: true
        ).expectGood(rounds: 1)
    }

    @Test("no space for new segments: new holds are refused, the rest goes on")
    func noSpaceAhead() throws {
        var refusals = 0
        // How long a load lasts is drawn: some are over before the space is.
        for _ in 0..<10 where refusals == 0 {
            let run = try self.play("pwrite64:error=ENOSPC:when=1+", exit: nil, loadMs: 900)
            run.expectGood(rounds: 1)
            refusals = run.report.answers["Reserve UNAVAILABLE STORAGE_FULL", default: 0]
        }
        #expect(refusals > 0)
    }
}

/// A file system that runs full under load.
@Suite(
    "Full disk", .serialized, .enabled(if: Machine.canMount, "a tmpfs cannot be mounted here"))
struct FullDiskTests {
    @Test("new holds are refused, every live hold can end, and all comes back by itself")
    func fullAndFreeAgain() throws {
        let disk = try SmallDisk(megabytes: 64)
        defer { disk.remove() }
        let run = try CrashRun([
            "--runs", "1", "--load-ms", "400", "--jobs", "1000000", "--recovery-kills", "0",
            "--ending", "fill-disk", "--data", "\(disk.path)/data", "--set",
            "journal.segment_bytes=1048576",
        ])
        run.expectGood(rounds: 1)
        #expect(run.report.statistics.disksFilled == 1)
        #expect(run.report.answers["Reserve UNAVAILABLE STORAGE_FULL", default: 0] > 0)
        #expect(run.report.done("fullDisk") > 5)
    }

    @Test("a start on a full disk: 74 without room for its first segment, and it starts with that")
    func started() throws {
        let disk = try SmallDisk(megabytes: 16)
        defer { disk.remove() }
        let home = try ServerHome(dataPath: disk.path + "/data")
        try home.startAndStop()
        let ballast = disk.path + "/ballast"
        #expect(FileManager.default.createFile(atPath: ballast, contents: nil))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: ballast))
        defer { try? file.close() }
        while (try? file.write(contentsOf: [UInt8](repeating: 1, count: 4_096))) != nil {}
        let (status, line) = try home.refusal()
        #expect(status == 74)
        #expect(line.contains("begin generation 2"), "\(line)")
        // One segment of 64 KiB, and a page or two beside it; nothing for those that lie ready.
        let size = try file.offset()
        try file.truncate(atOffset: size - 80 * 1_024)
        try home.startAndStop()
        try file.truncate(atOffset: 0)
        try home.startAndStop()
    }
}
