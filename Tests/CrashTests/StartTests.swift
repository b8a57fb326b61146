import Foundation
import Testing

/// Starts on a data directory: the first one killed, a second one beside a first, wrong hands.
@Suite("Starts", .serialized)
struct StartTests {
    @Test("the very first start is killed at any moment: the next one is a first start again")
    func firstStartKilled() throws {
        let home = try ServerHome()
        // How long a first start takes here.
        let begin = Date()
        let probe = try home.start()
        #expect(home.firstLine().contains("listening"))
        let microseconds = Date().timeIntervalSince(begin) * 1e6
        kill(probe.processIdentifier, SIGKILL)
        probe.waitUntilExit()
        let kills = 12
        for number in 0..<kills {
            try? FileManager.default.removeItem(atPath: home.dataPath)
            let first = try home.start()
            usleep(UInt32(microseconds * Double(number) / Double(kills)))
            kill(first.processIdentifier, SIGKILL)
            first.waitUntilExit()
            let second = try home.start()
            #expect(home.firstLine().contains("listening"), "after \(number) of \(kills)")
            kill(second.processIdentifier, SIGTERM)
            second.waitUntilExit()
            #expect(second.terminationStatus == 0)
        }
    }

    @Test("SIGTERM at any moment of a start: it ends, and the next start is whole")
    func startTerminated() throws {
        let home = try ServerHome()
        let begin = Date()
        try home.startAndStop()
        let microseconds = Date().timeIntervalSince(begin) * 1e6
        let count = 8
        for number in 0..<count {
            let first = try home.start()
            usleep(UInt32(microseconds * Double(number) / Double(count)))
            kill(first.processIdentifier, SIGTERM)
            first.waitUntilExit()
            // Before it listens for signals, the signal ends it.
            #expect(
                first.terminationStatus == (first.terminationReason == .exit ? 0 : SIGTERM),
                "after \(number) of \(count)")
            try home.startAndStop()
        }
    }

    @Test("a second server on the same directory ends with 75 and says who holds it")
    func secondServer() throws {
        let home = try ServerHome()
        let first = try home.start()
        defer { kill(first.processIdentifier, SIGKILL) }
        #expect(home.firstLine().contains("listening"))
        let (status, line) = try home.refusal()
        #expect(status == 75)
        #expect(line.contains("\(first.processIdentifier)"), "\(line)")
        #expect(line.contains(home.dataPath), "\(line)")
        // kill -9 leaves no lock behind.
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        let third = try home.start()
        #expect(home.firstLine().contains("listening"))
        kill(third.processIdentifier, SIGTERM)
        third.waitUntilExit()
        #expect(third.terminationStatus == 0)
    }

    @Test(
        "a directory that others may write to is refused with 77 and named",
        arguments: ["", "/journal", "/snapshots"])
    func openToOthers(folder: String) throws {
        let home = try ServerHome()
        try home.startAndStop()
        let path = home.dataPath + folder
        #expect(chmod(path, 0o777) == 0)
        let (status, line) = try home.refusal()
        #expect(status == 77)
        #expect(line.contains(path), "\(line)")
        #expect(chmod(path, 0o700) == 0)
        try home.startAndStop()
    }

    @Test(
        "another user's directory is refused with 77 and named",
        .enabled(if: geteuid() == 0, "only root can give a directory away"))
    func othersDirectory() throws {
        let home = try ServerHome()
        try home.startAndStop()
        let nobody: uid_t = 65_534
        #expect(chown(home.dataPath, nobody, nobody) == 0)
        let (status, line) = try home.refusal()
        #expect(status == 77)
        #expect(line.contains(home.dataPath), "\(line)")
        #expect(chown(home.dataPath, geteuid(), getegid()) == 0)
        try home.startAndStop()
    }
}
