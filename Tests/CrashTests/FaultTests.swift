import Testing

/// System calls of the running server fail, through strace: what the file system says is taken at its word once.
@Suite(
    "Failing system calls", .serialized,
    .enabled(if: Machine.canTrace, "strace cannot attach to a process here"))
struct FaultTests {
    /// The status of a server whose journal failed.
    private static let journalFailed = "74"

    private func play(_ expression: String, exit status: String?, loadMs: Int = 500) throws
        -> CrashRun
    {
        var arguments = [
            "--runs", "1", "--load-ms", "\(loadMs)", "--recovery-kills", "0", "--inject",
            expression, "--set", "journal.segment_bytes=65536",
        ]
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

    @Test("no space for new segments: new holds are refused, the rest goes on")
    func noSpaceAhead() throws {
        let run = try self.play("pwrite64:error=ENOSPC:when=1+", exit: nil, loadMs: 700)
        run.expectGood(rounds: 1)
        #expect(run.report.answers["Reserve UNAVAILABLE STORAGE_FULL", default: 0] > 0)
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
}
