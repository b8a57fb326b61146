import Testing

/// The real server under load, killed again and again, compared with what every caller was told.
@Suite("Kill -9", .serialized)
struct KillTests {
    @Test("twenty kills under load, some while it recovers: nothing lost, nothing made up")
    func twentyKills() throws {
        let run = try CrashRun(["--runs", "20", "--runs-per-server", "7", "--load-ms", "600"])
        run.expectGood(rounds: 20)
        #expect(run.report.statistics.kills >= 20)
        #expect(run.report.statistics.killsDuringRecovery > 0)
        // Calls whose answer was lost are what the retries after a restart are about.
        #expect(run.report.unanswered > 20)
        #expect(run.report.done("allOrNothing") > 20)
        // Every kind of answer came up, so every kind of event was at stake.
        for answer in [
            "Reserve RESERVED", "Reserve RESERVED replayed", "Reserve SOLD_OUT",
            "Reserve LIMIT_EXCEEDED", "Reserve PAUSED", "Reserve CANCELLED_BEFORE",
            "Confirm CONFIRMED", "Confirm REFUND_DUE", "Cancel CANCELLED", "Cancel REMEMBERED",
            "Cancel ALREADY_CONFIRMED", "Extend EXTENDED", "Refund REFUNDED",
            "AdjustStock ADJUSTED", "AdjustStock ADJUSTED with proof", "SetSaleState SET",
            "SetProductState SET", "Preload STAGED", "Preload COMMITTED", "AcquireLease HELD",
            "RenewLease HELD", "ReleaseLease RELEASED",
        ] {
            #expect(run.report.answers[answer, default: 0] > 0, "\(answer)")
        }
    }

    @Test("kills while a snapshot is written")
    func snapshotKilled() throws {
        let run = try CrashRun([
            "--runs", "5", "--load-ms", "500", "--snapshots", "100", "--set",
            "snapshot.journal_bytes=524288",
        ])
        run.expectGood(rounds: 5)
        #expect(run.report.statistics.killsDuringSnapshot > 0)
    }

    @Test("journal.sync = none keeps its word too as long as the machine lives")
    func withoutSync() throws {
        let run = try CrashRun(["--runs", "3", "--load-ms", "500", "--set", "journal.sync=none"])
        run.expectGood(rounds: 3)
    }

    @Test("SIGTERM under load: the server drains, and the next start knows everything")
    func terminated() throws {
        let run = try CrashRun(["--runs", "3", "--load-ms", "500", "--ending", "terminate"])
        run.expectGood(rounds: 3)
        #expect(run.report.statistics.terminations >= 3)
    }

    @Test("the ledger itself is right: a server that nobody kills agrees with it")
    func quiesced() throws {
        let run = try CrashRun(["--runs", "2", "--load-ms", "500", "--ending", "quiesce"])
        run.expectGood(rounds: 2)
        #expect(run.report.statistics.kills == 0)
    }
}

/// The checks bite: data that was lost on purpose is missed.
@Suite("Lost data is missed", .serialized)
struct TamperingTests {
    private func expectCaught(
        _ sabotage: String, by checks: [String], settings: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let run = try CrashRun(
            ["--runs", "1", "--load-ms", "500", "--recovery-kills", "0", "--sabotage", sabotage]
                + settings)
        #expect(run.status == 1, sourceLocation: sourceLocation)
        #expect(run.report.statistics.sabotages == 1, sourceLocation: sourceLocation)
        for check in checks {
            #expect(run.report.failed(check) > 0, "\(check)", sourceLocation: sourceLocation)
        }
        // Kept for whoever wants to look at it; here nobody does.
        for path in run.report.kept {
            _ = try Binary.system(["rm", "-rf", path])
        }
    }

    @Test("a journal that loses its tail")
    func tail() throws {
        // One file: the next one's header would be evidence, and the server would rightly refuse to start.
        try self.expectCaught(
            "tail", by: ["reservationKnown", "stateAsTold", "stepReplayed"],
            settings: ["--set", "journal.segment_bytes=67108864"])
    }

    @Test("a data directory that goes back to an older copy")
    func rewind() throws {
        try self.expectCaught(
            "rewind", by: ["reservationKnown", "stateAsTold", "stockAgrees", "fencingGrows"])
    }

    @Test("a journal with one bit turned over in its middle: the server refuses to start, with 80")
    func flip() throws {
        let run = try CrashRun([
            "--runs", "1", "--load-ms", "900", "--recovery-kills", "0", "--sabotage", "flip",
            // One file, so that the bit is in the middle of it.
            "--set", "journal.segment_bytes=67108864",
        ])
        try self.expectRefusal(run)
    }

    @Test(
        "a write that never reached the disk: the server refuses to start, with 80",
        .enabled(if: Machine.canTrace, "strace cannot attach to a process here"))
    func swallowed() throws {
        let run = try CrashRun([
            "--runs", "1", "--load-ms", "500", "--recovery-kills", "0", "--inject",
            "pwritev2:retval=4096:when=7",
        ])
        try self.expectRefusal(run)
    }

    private func expectRefusal(
        _ run: CrashRun, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(run.status == 1, sourceLocation: sourceLocation)
        let sentences = run.report.failures.map(\.sentence)
        #expect(
            sentences.count == 1 && sentences[0].contains("refuses to start: exit status 80")
                && sentences[0].contains(".seg"), "\(sentences)", sourceLocation: sourceLocation)
        for path in run.report.kept {
            _ = try Binary.system(["rm", "-rf", path])
        }
    }

    @Test("a data directory that is emptied")
    func wipe() throws {
        try self.expectCaught(
            "wipe", by: ["reservationKnown", "stepReplayed", "readKept", "instance"])
    }
}
